using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Admission;

/// <summary>
/// What an autoscaling policy gets that leaves out how fast to scale. A part that is present has the schema's defaults
/// already, so only absent and empty ones count as missing. Durations are written as Go prints them.
/// </summary>
internal static class AutoscalingPolicyDefaults
{
    private const string DownWindow = "\"5m0s\"";
    private const string UpWindow = "\"0s\"";

    private const string Down =
        $$"""{"instances":0,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":{{DownWindow}}}""";

    private const string Stable =
        $$"""{"instances":4,"percent":100,"period":"1m0s","selectPolicy":"Or","stabilizationWindow":{{UpWindow}}}""";

    /// <summary>Nothing more than the threshold: a panic that never is.</summary>
    private const string NoPanic = """{"percent":0,"period":"0s","panicThresholdPercent":200,"panicModeHold":"0s"}""";

    private const string Up = $$"""{"stablePolicy":{{Stable}},"panicPolicy":{{NoPanic}}}""";

    public static ImmutableArray<AdmissionPatch> Missing(JsonElement json)
    {
        const string path = "/spec/behavior";
        const string whole = $$"""{"scaleDown":{{Down}},"scaleUp":{{Up}}}""";
        if (!json.Member("spec").IsThere())
            return [new AdmissionPatch("/spec", $$"""{"behavior":{{whole}}}""")];
        // What is of the wrong type is left for the schema to refuse.
        if (json.Member("spec").ValueKind != JsonValueKind.Object)
            return [];
        JsonElement behavior = json.Member("spec").Member("behavior");
        if (IsMissing(behavior))
            return [new AdmissionPatch(path, whole)];
        if (behavior.ValueKind != JsonValueKind.Object)
            return [];
        ImmutableArray<AdmissionPatch>.Builder patches = ImmutableArray.CreateBuilder<AdmissionPatch>();
        Fill(behavior, "scaleDown", path, Down, DownWindow, patches);
        JsonElement up = behavior.Member("scaleUp");
        if (IsMissing(up))
        {
            patches.Add(new AdmissionPatch($"{path}/scaleUp", Up));
            return patches.DrainToImmutable();
        }
        if (up.ValueKind != JsonValueKind.Object)
            return patches.DrainToImmutable();
        Fill(up, "stablePolicy", $"{path}/scaleUp", Stable, UpWindow, patches);
        if (IsMissing(up.Member("panicPolicy")))
            patches.Add(new AdmissionPatch($"{path}/scaleUp/panicPolicy", NoPanic));
        return patches.DrainToImmutable();
    }

    private static void Fill(JsonElement json, string member, string path, string whole, string window, ImmutableArray<AdmissionPatch>.Builder patches)
    {
        JsonElement policy = json.Member(member);
        if (IsMissing(policy))
            patches.Add(new AdmissionPatch($"{path}/{member}", whole));
        else if (policy.ValueKind == JsonValueKind.Object && !policy.Member("stabilizationWindow").IsThere())
            patches.Add(new AdmissionPatch($"{path}/{member}/stabilizationWindow", window));
    }

    private static bool IsMissing(JsonElement part) =>
        !part.IsThere() || (part.ValueKind == JsonValueKind.Object && !part.EnumerateObject().Any());
}
