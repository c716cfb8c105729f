using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>What a record tells of a silo, as JSON and as Orleans has it.</summary>
/// <param name="Entry">The silo, with the time at which it last said that it is alive.</param>
internal sealed record SiloRow(MembershipEntry Entry)
{
    /// <summary>Reads <c>silo</c> and <c>aliveTime</c>.</summary>
    /// <param name="json">What holds them.</param>
    /// <returns>Null when there is no silo.</returns>
    public static SiloRow? Find(JsonElement json)
    {
        if (!json.TryGetProperty("silo", out JsonElement silo))
            return null;
        return new SiloRow(new MembershipEntry
        {
            SiloAddress = Address(silo.GetProperty("address")),
            Status = Enum.Parse<SiloStatus>(silo.GetProperty("status").GetString()!),
            SiloName = Text(silo, "name") ?? "",
            HostName = Text(silo, "hostName") ?? "",
            RoleName = Text(silo, "roleName"),
            ProxyPort = Number(silo, "proxyPort"),
            UpdateZone = Number(silo, "updateZone"),
            FaultZone = Number(silo, "faultZone"),
            StartTime = Time(silo, "startTime"),
            IAmAliveTime = Time(json, "aliveTime"),
            SuspectTimes = silo.TryGetProperty("suspicions", out JsonElement suspicions)
                ? [.. suspicions.EnumerateArray().Select(static item => Tuple.Create(Address(item.GetProperty("by")), Time(item, "time")))]
                : null,
        });
    }

    /// <summary>This row, alive at least as late as another one of the same silo: reports of life overtake other changes.</summary>
    public SiloRow AliveSince(SiloRow? other)
    {
        if (other is not null && other.Entry.IAmAliveTime > Entry.IAmAliveTime)
            Entry.IAmAliveTime = other.Entry.IAmAliveTime;
        return this;
    }

    /// <summary>Adds <c>silo</c> and <c>aliveTime</c>.</summary>
    /// <param name="json">What is to hold them.</param>
    public JsonObject WriteTo(JsonObject json)
    {
        var silo = new JsonObject
        {
            ["address"] = Entry.SiloAddress.ToParsableString(),
            ["status"] = Entry.Status.ToString(),
            ["proxyPort"] = Entry.ProxyPort,
            ["updateZone"] = Entry.UpdateZone,
            ["faultZone"] = Entry.FaultZone,
            ["startTime"] = Text(Entry.StartTime),
        };
        foreach ((string name, string? value) in (ReadOnlySpan<(string, string?)>)
            [("name", Entry.SiloName), ("hostName", Entry.HostName), ("roleName", Entry.RoleName)])
        {
            if (value is not null)
                silo[name] = value;
        }
        if (Entry.SuspectTimes is { } suspicions)
        {
            silo["suspicions"] = new JsonArray(
                [.. suspicions.Select(static item => new JsonObject { ["by"] = item.Item1.ToParsableString(), ["time"] = Text(item.Item2) })]);
        }
        json["silo"] = silo;
        json["aliveTime"] = Text(Entry.IAmAliveTime);
        return json;
    }

    /// <summary>A time as records have it: RFC 3339 in UTC, whole ticks.</summary>
    /// <param name="time">A time in UTC, whatever its kind says.</param>
    public static string Text(DateTime time) =>
        DateTime.SpecifyKind(time, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private static DateTime Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetDateTime().ToUniversalTime() : default;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static int Number(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : 0;

    private static SiloAddress Address(JsonElement json) => SiloAddress.FromParsableString(json.GetString()!);
}
