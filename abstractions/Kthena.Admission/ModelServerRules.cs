using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of ModelServers: a selector that selects something, in legal label syntax, and durations that are some.</summary>
internal static class ModelServerRules
{
    private const string Selector = "spec.workloadSelector";

    public static void Check(JsonElement json, ErrorList errors)
    {
        JsonElement traffic = json.Member("spec").Member("trafficPolicy");
        CheckDuration(traffic, "timeout", "spec.trafficPolicy", errors);
        CheckDuration(traffic.Member("retry"), "retryInterval", "spec.trafficPolicy.retry", errors);
        JsonElement selector = json.Member("spec").Member("workloadSelector");
        if (!selector.IsThere())
        {
            errors.Required(Selector, "workloadSelector must be specified");
            return;
        }
        CheckLabels(selector, "matchLabels", Selector, errors);
        JsonElement pair = selector.Member("pdGroup");
        if (!pair.IsThere())
            return;
        if (string.IsNullOrEmpty(pair.Text("groupKey")))
            errors.Required($"{Selector}.pdGroup.groupKey", "groupKey cannot be empty");
        CheckLabels(pair, "prefillLabels", $"{Selector}.pdGroup", errors);
        CheckLabels(pair, "decodeLabels", $"{Selector}.pdGroup", errors);
    }

    /// <summary>The schema takes any text; one that is no duration could not be read later.</summary>
    private static void CheckDuration(JsonElement json, string member, string path, ErrorList errors) =>
        Durations.Check(json, member, path, TimeSpan.MaxValue, "must not be negative", errors);

    private static void CheckLabels(JsonElement json, string member, string path, ErrorList errors)
    {
        string here = $"{path}.{member}";
        bool isEmpty = true;
        foreach (JsonProperty label in json.Pairs(member))
        {
            isEmpty = false;
            if (!LabelSyntax.IsLabelKey(label.Name))
                errors.Invalid($"{here}[{label.Name}]", LabelSyntax.LabelKey);
            if (label.Value.ValueKind != JsonValueKind.String || !LabelSyntax.IsLabelValue(label.Value.GetString()!))
                errors.Invalid($"{here}[{label.Name}]", LabelSyntax.LabelValue, label.Value);
        }
        if (isEmpty)
            errors.Required(here, $"{member} cannot be empty");
    }
}
