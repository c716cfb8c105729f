using System.Text.Json;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Scheduling.Configuration;

/// <summary>The arguments of upstream's plugins. Names of arguments are compared without regard to case, as upstream does.</summary>
internal sealed class PluginArguments
{
    private const int BlockBytesMin = 16;

    public int WaitingMax { get; private set; } = WaitingLimitFilter.DefaultWaitingMax;

    public float FirstTokenWeight { get; private set; } = 0.5f;

    public PromptHashOptions PromptHash { get; private set; } = PromptHashOptions.WholePrompt;

    public int? BlocksPerEndpointMax { get; private set; }

    public static PluginArguments Read(JsonElement list, SchedulerFaults faults)
    {
        var read = new PluginArguments();
        if (list.ValueKind != JsonValueKind.Array)
            return read;
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
            read.Take(item, $"scheduler.pluginConfig[{index++}]", faults);
        return read;
    }

    private void Take(JsonElement item, string path, SchedulerFaults faults)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            faults.Error(path, "must be an object with name and args");
            return;
        }
        JsonElement args = SchedulerFile.Member(item, "args", JsonValueKind.Object, $"{path}.", faults);
        switch (item.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null)
        {
            case "least-request":
                // Without arguments, or with 0, upstream once let nobody through.
                if (Whole(args, "maxWaitingRequests", 0, path, faults) is int waiting and > 0)
                    WaitingMax = waiting;
                break;
            case "least-latency":
                if (Argument(args, "TTFTTPOTWeightFactor") is { } factor)
                    FirstTokenWeight = Factor(factor, $"{path}.args.TTFTTPOTWeightFactor", faults);
                break;
            case "prefix-cache":
                TakePrefixCache(args, path, faults);
                break;
            case "kvcache-aware" or "lora-affinity" or "gpu-usage" or "random" or "cost":
                break;
            case string other:
                faults.Warning(path, $"is for a plugin '{other}' that there is not");
                break;
            default:
                faults.Error($"{path}.name", "must be the name of a plugin");
                break;
        }
    }

    private void TakePrefixCache(JsonElement args, string path, SchedulerFaults faults)
    {
        int? block = Whole(args, "blockSizeToHash", BlockBytesMin, path, faults, PromptHashOptions.BlockBytesLargest);
        int? blocks = Whole(args, "maxBlocksToMatch", 1, path, faults);
        if (block is not null || blocks is not null)
            PromptHash = PromptHashOptions.Upstream(block ?? 64, blocks ?? 128);
        BlocksPerEndpointMax = Whole(args, "maxHashCacheSize", 1, path, faults);
        if (Whole(args, "topKMatches", 1, path, faults) is not null)
            faults.Warning($"{path}.args.topKMatches", "has no effect: every endpoint that holds a part is matched");
    }

    private static float Factor(JsonElement value, string path, SchedulerFaults faults)
    {
        double factor = SchedulerFaults.Number(value);
        if (factor is >= 0 and <= 1)
            return (float)factor;
        faults.Error(path, "must be 0 to 1");
        return 0.5f;
    }

    private static int? Whole(JsonElement args, string name, int min, string path, SchedulerFaults faults, int max = int.MaxValue)
    {
        if (Argument(args, name) is not { } value)
            return null;
        double number = SchedulerFaults.Number(value);
        if (number == Math.Floor(number) && number >= min && number <= max)
            return (int)number;
        faults.Error($"{path}.args.{name}", max == int.MaxValue ? $"must be a whole number, at least {min}" : $"must be a whole number, {min} to {max}");
        return null;
    }

    private static JsonElement? Argument(JsonElement args, string name)
    {
        if (args.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty argument in args.EnumerateObject())
        {
            if (argument.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && argument.Value.ValueKind != JsonValueKind.Null)
                return argument.Value;
        }
        return null;
    }
}
