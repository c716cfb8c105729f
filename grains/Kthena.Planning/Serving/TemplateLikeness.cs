using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;

namespace Kthena.Planning.Serving;

/// <summary>
/// Tells whether two templates mean the same although different software wrote them down. A writer with types of its own
/// adds empty objects, leaves out zeros and defaults, and writes quantities in another way (<c>1000m</c> as <c>1</c>); none of
/// that makes pods any different.
/// </summary>
internal static class TemplateLikeness
{
    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("Pi", 1125899906842624m), ("Ei", 1152921504606846976m),
        ("n", 0.000000001m), ("u", 0.000001m), ("m", 0.001m),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    /// <summary>Fields of pods in which Kubernetes tells zero or false from nothing.</summary>
    private static readonly ImmutableSortedSet<string> MeaningZero = ImmutableSortedSet.Create(
        StringComparer.Ordinal,
        "activeDeadlineSeconds", "allowPrivilegeEscalation", "automountServiceAccountToken", "defaultMode", "enableServiceLinks",
        "fsGroup", "hostUsers", "mode", "optional", "priority", "privileged", "readOnlyRootFilesystem", "runAsGroup", "runAsNonRoot",
        "runAsUser", "setHostnameAsFQDN", "shareProcessNamespace", "storageClassName", "terminationGracePeriodSeconds",
        "tolerationSeconds");

    /// <summary>A form that is the same for all texts that mean the same.</summary>
    /// <param name="roles">One role, or the list of roles.</param>
    public static RawJson Of(RawJson roles)
    {
        JsonNode node = TemplateHash.Canonical(roles).ToNode();
        Strip(node, name: "", isAmount: false);
        return node.ToRaw();
    }

    /// <summary>Whether nothing of the node is left.</summary>
    private static bool Strip(JsonNode? node, string name, bool isAmount)
    {
        switch (node)
        {
            case JsonObject json:
                foreach ((string field, JsonNode? value) in json.ToList())
                {
                    if (value is JsonValue amount && (isAmount || field == "sizeLimit"))
                        json[field] = Amount(amount.ToString());
                    else if (Strip(value, field, field is "requests" or "limits"))
                        json.Remove(field);
                }
                return json.Count == 0;
            case JsonArray list:
                foreach (JsonNode? item in list)
                    Strip(item, name: "", isAmount: false);
                return list.Count == 0;
            case JsonValue value:
                return name.Length > 0 && IsDefault(name, value);
            default:
                return node is null;
        }
    }

    private static bool IsDefault(string name, JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.False => !MeaningZero.Contains(name),
        JsonValueKind.Number => !MeaningZero.Contains(name) && value.ToString() == "0",
        JsonValueKind.String => value.ToString() is var text
            && ((text.Length == 0 && !MeaningZero.Contains(name)) || (name == "protocol" && text == "TCP")),
        _ => false,
    };

    private static string Amount(string text)
    {
        (string suffix, decimal factor) = Suffixes.FirstOrDefault(known => text.EndsWith(known.Suffix, StringComparison.Ordinal), (Suffix: "", Factor: 1m));
        return decimal.TryParse(text.AsSpan(..^suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            && number < 1e9m
                ? (number * factor).ToString("0.#########", CultureInfo.InvariantCulture)
                : text;
    }
}
