using System.Net;
using Orleans.Runtime;

namespace Kthena.Grains.Tests.Membership;

/// <summary>Silos as tables know them.</summary>
internal static class Silos
{
    private static int _generation;

    /// <summary>A silo that no other test has.</summary>
    public static MembershipEntry Entry(SiloStatus status = SiloStatus.Joining, TimeSpan age = default, int proxyPort = 30000)
    {
        DateTime started = Now() - age;
        return new MembershipEntry
        {
            SiloAddress = Address(),
            HostName = "host",
            SiloName = "silo",
            Status = status,
            ProxyPort = proxyPort,
            StartTime = started,
            IAmAliveTime = started,
        };
    }

    public static SiloAddress Address() => SiloAddress.New(IPAddress.Loopback, 11111, Interlocked.Increment(ref _generation));

    public static DateTime Now() => TimeProvider.System.GetUtcNow().UtcDateTime;

    /// <summary>Everything that a table keeps of a silo, for comparison.</summary>
    public static string Whole(this MembershipEntry entry) => string.Join(' ',
        entry.SiloAddress.ToParsableString(), entry.Status, entry.HostName, entry.SiloName, entry.RoleName, entry.ProxyPort,
        entry.UpdateZone, entry.FaultZone, entry.StartTime.Ticks, entry.IAmAliveTime.Ticks,
        entry.SuspectTimes is null ? "-" : string.Join(',', entry.SuspectTimes.Select(static vote => $"{vote.Item1.ToParsableString()}/{vote.Item2.Ticks}")));
}
