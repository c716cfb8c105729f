using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The rules of ModelServers: a selector that selects something, in legal label syntax.</summary>
internal static class ModelServerRules
{
    private const string Selector = "spec.workloadSelector";

    public static void Check(JsonElement json, ErrorList errors)
    {
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
