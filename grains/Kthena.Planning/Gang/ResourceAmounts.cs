using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kthena.Planning.Gang;

/// <summary>Amounts of several resources; one that is absent is none.</summary>
/// <param name="Values">The amounts by resource.</param>
internal sealed record ResourceAmounts(ImmutableSortedDictionary<string, Quantity> Values)
{
    /// <summary>Nothing.</summary>
    public static readonly ResourceAmounts None = new(ImmutableSortedDictionary.Create<string, Quantity>(StringComparer.Ordinal));

    /// <summary>Reads a map of resources; amounts that cannot be read are left out.</summary>
    /// <param name="json">The map.</param>
    public static ResourceAmounts Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return None;
        ImmutableSortedDictionary<string, Quantity>.Builder values = None.Values.ToBuilder();
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (Quantity.Parse(property.Value.ToString()) is { } amount)
                values[property.Name] = amount;
        }
        return new ResourceAmounts(values.ToImmutable());
    }

    /// <summary>The sum.</summary>
    public ResourceAmounts Plus(ResourceAmounts other) => Join(other, static (one, two) => one + two);

    /// <summary>Of each resource the larger amount.</summary>
    public ResourceAmounts Max(ResourceAmounts other) => Join(other, static (one, two) => one.Value >= two.Value ? one : two);

    /// <summary>These, and of resources that are absent here those of another.</summary>
    public ResourceAmounts Or(ResourceAmounts other) => new(other.Values.SetItems(Values));

    /// <summary>The multiple.</summary>
    public ResourceAmounts Times(int count) => count == 0
        ? None
        : new ResourceAmounts(Values.ToImmutableSortedDictionary(static pair => pair.Key, pair => pair.Value * count, StringComparer.Ordinal));

    /// <summary>Whether both come to the same, however it is written.</summary>
    public bool ComesToTheSameAs(ResourceAmounts other) =>
        Values.Count == other.Values.Count
        && Values.All(pair => other.Values.TryGetValue(pair.Key, out Quantity amount) && amount.Value == pair.Value.Value);

    /// <summary>As the API has it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach ((string resource, Quantity amount) in Values)
            json[resource] = amount.ToString();
        return json;
    }

    private ResourceAmounts Join(ResourceAmounts other, Func<Quantity, Quantity, Quantity> join)
    {
        ImmutableSortedDictionary<string, Quantity>.Builder values = Values.ToBuilder();
        foreach ((string resource, Quantity amount) in other.Values)
            values[resource] = values.TryGetValue(resource, out Quantity own) ? join(own, amount) : join(default, amount);
        return new ResourceAmounts(values.ToImmutable());
    }
}
