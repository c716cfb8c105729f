using System.Collections.Immutable;
using System.Text.Json;

namespace Kthena.Routing.Scheduling.Configuration;

/// <summary>
/// Reads upstream's <c>routerConfiguration.yaml</c>, which the host has turned into JSON. What upstream accepts and changes silently
/// is accepted with a warning; what it skips with a line in its log, such as an unknown plugin, is an error. All errors come at once.
/// </summary>
public static class SchedulerFile
{
    private static readonly string[] FilterNames = ["least-request", "lora-affinity"];

    private static readonly string[] ScorerNames =
        ["cost", "gpu-usage", "kvcache-aware", "least-latency", "least-request", "lora-affinity", "prefix-cache", "random"];

    /// <summary>Reads a file.</summary>
    /// <param name="root">The document.</param>
    /// <param name="name">The name of the profile that comes of it.</param>
    public static SchedulerReading Read(JsonElement root, string name = "file")
    {
        var faults = new SchedulerFaults();
        if (root.ValueKind != JsonValueKind.Object)
        {
            faults.Error("", "must be an object");
            return new SchedulerReading(null, faults.Errors);
        }
        JsonElement scheduler = Member(root, "scheduler", JsonValueKind.Object, "", faults);
        CheckAuthentication(Member(root, "auth", JsonValueKind.Object, "", faults), faults);
        WarnOfUnknown(root, "", ["scheduler", "auth"], faults);
        WarnOfUnknown(scheduler, "scheduler.", ["pluginConfig", "plugins"], faults);
        PluginArguments arguments = PluginArguments.Read(Member(scheduler, "pluginConfig", JsonValueKind.Array, "scheduler.", faults), faults);
        JsonElement plugins = Member(scheduler, "plugins", JsonValueKind.Object, "scheduler.", faults);
        WarnOfUnknown(plugins, "scheduler.plugins.", ["Filter", "Score"], faults);
        ImmutableArray<IEndpointFilter> filters = Filters(plugins, arguments, faults);
        ImmutableArray<WeightedScorer> scorers = Scorers(plugins, arguments, faults);
        if (faults.HasErrors)
            return new SchedulerReading(null, faults.Errors);
        if (scorers.IsEmpty)
            scorers = SchedulingProfile.Default.Scorers;
        var settings = new SchedulerSettings
        {
            Profile = new SchedulingProfile(name, [.. SchedulingProfile.Guards.Where(static guard => guard != TraitFilter.Adapter), .. filters], scorers),
            PromptHash = arguments.PromptHash,
            BlocksPerEndpointMax = arguments.BlocksPerEndpointMax,
            Warnings = faults.Warnings,
        };
        return new SchedulerReading(settings, []);
    }

    /// <summary>Upstream checks tokens as soon as there is a place to fetch keys from: passing over that would open what was closed.</summary>
    private static void CheckAuthentication(JsonElement auth, SchedulerFaults faults)
    {
        if (auth.ValueKind == JsonValueKind.Object && auth.TryGetProperty("jwksUri", out JsonElement keys)
            && keys.ValueKind != JsonValueKind.Null && !(keys.ValueKind == JsonValueKind.String && keys.GetString() is ""))
        {
            faults.Error("auth.jwksUri", "asks for the check of tokens, which this router does not do");
        }
    }

    /// <summary>Upstream passes over keys that it does not know, so a key in small letters turns off what it should set.</summary>
    private static void WarnOfUnknown(JsonElement of, string path, string[] known, SchedulerFaults faults)
    {
        if (of.ValueKind != JsonValueKind.Object)
            return;
        foreach (JsonProperty member in of.EnumerateObject().Where(member => !known.Contains(member.Name)))
            faults.Warning(path + member.Name, $"has no effect; known are {string.Join(" and ", known)}");
    }

    private static ImmutableArray<IEndpointFilter> Filters(JsonElement plugins, PluginArguments arguments, SchedulerFaults faults)
    {
        var filters = ImmutableArray.CreateBuilder<IEndpointFilter>();
        foreach ((JsonElement item, string path) in Enabled(plugins, "Filter", faults))
        {
            switch (item.ValueKind == JsonValueKind.String ? item.GetString() : null)
            {
                case null:
                    faults.Error(path, "must be the name of a filter");
                    break;
                case "least-request":
                    filters.Add(new WaitingLimitFilter(arguments.WaitingMax));
                    break;
                case "lora-affinity":
                    filters.Add(TraitFilter.LoraAffinity);
                    break;
                case string unknown:
                    faults.Unknown(path, "filter", unknown, FilterNames);
                    break;
            }
        }
        return filters.DrainToImmutable();
    }

    private static ImmutableArray<WeightedScorer> Scorers(JsonElement plugins, PluginArguments arguments, SchedulerFaults faults)
    {
        var scorers = ImmutableArray.CreateBuilder<WeightedScorer>();
        foreach ((JsonElement item, string path) in Enabled(plugins, "Score", faults))
        {
            if (item.ValueKind != JsonValueKind.Object)
            {
                faults.Error(path, "must be an object with name and weight");
                continue;
            }
            string name = item.TryGetProperty("name", out JsonElement named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
            float weight = Weight(item, path, faults);
            if (Scorer(name, arguments, path, faults) is { } scorer)
                scorers.Add(new WeightedScorer(scorer, weight));
            else
                faults.Unknown($"{path}.name", "scorer", name, ScorerNames);
        }
        if (scorers.Count > 1 && scorers.Any(static weighted => weighted.Scorer is RandomScorer))
        {
            faults.Warning("scheduler.plugins.Score.enabled", "random has no effect beside other scorers");
            scorers.RemoveAll(static weighted => weighted.Scorer is RandomScorer);
        }
        return scorers.DrainToImmutable();
    }

    private static IEndpointScorer? Scorer(string name, PluginArguments arguments, string path, SchedulerFaults faults)
    {
        switch (name)
        {
            case "cost":
                return new CostScorer();
            case "gpu-usage":
                return new GpuUsageScorer();
            case "kvcache-aware":
                faults.Warning(path, "kvcache-aware is prefix-cache here: the cluster's own index needs neither Redis nor a tokenizer");
                return new PrefixCacheScorer();
            case "least-latency":
                return new LeastLatencyScorer(arguments.FirstTokenWeight);
            case "least-request":
                return new LeastRequestScorer();
            case "lora-affinity":
                return new LoraAffinityScorer();
            case "prefix-cache":
                return new PrefixCacheScorer();
            case "random":
                return new RandomScorer();
            default:
                return null;
        }
    }

    private static float Weight(JsonElement item, string path, SchedulerFaults faults)
    {
        if (!item.TryGetProperty("weight", out JsonElement weight))
        {
            faults.Warning(path, "has no weight, which is 0: it has no effect");
            return 0;
        }
        double value = SchedulerFaults.Number(weight);
        if (!double.IsFinite(value))
        {
            faults.Error($"{path}.weight", "must be a finite number");
            return 0;
        }
        if (value >= 0)
            return (float)value;
        faults.Warning($"{path}.weight", "is below 0, which counts as 0");
        return 0;
    }

    private static IEnumerable<(JsonElement Item, string Path)> Enabled(JsonElement plugins, string kind, SchedulerFaults faults)
    {
        JsonElement lists = Member(plugins, kind, JsonValueKind.Object, "scheduler.plugins.", faults);
        string path = $"scheduler.plugins.{kind}.";
        if (Member(lists, "disabled", JsonValueKind.Array, path, faults) is { ValueKind: JsonValueKind.Array } disabled && disabled.GetArrayLength() > 0)
            faults.Warning($"{path}disabled", "has no effect: what is not enabled is not used");
        JsonElement enabled = Member(lists, "enabled", JsonValueKind.Array, path, faults);
        if (enabled.ValueKind != JsonValueKind.Array)
            return [];
        return enabled.EnumerateArray().Select((item, index) => (item, $"{path}enabled[{index}]"));
    }

    internal static JsonElement Member(JsonElement of, string name, JsonValueKind kind, string path, SchedulerFaults faults)
    {
        if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out JsonElement member) || member.ValueKind == JsonValueKind.Null)
            return default;
        if (member.ValueKind == kind)
            return member;
        faults.Error(path + name, kind == JsonValueKind.Object ? "must be an object" : "must be a list");
        return default;
    }
}
