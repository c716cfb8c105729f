using System.Text.Json.Nodes;

namespace Kthena.Planning.Tests.Toy;

/// <summary>What happens to the toy by chance.</summary>
internal sealed partial class ToyCluster
{
    /// <summary>One thing happens to a pod, to the spec or to whoever remembers something, and what follows from it, perhaps not to its end.</summary>
    public void Disturb(Random chance)
    {
        string[] pods = [.. Pods.Where(static pod => pod.Metadata.DeletionTimestamp is null).Select(static pod => pod.Metadata.Name)];
        string? pod = pods.Length == 0 ? null : pods[chance.Next(pods.Length)];
        switch (chance.Next(11))
        {
            case 0 when pod is not null:
                Lose(pod);
                break;
            case 1 when pod is not null:
                SetReady(pod, isReady: false, phase: "Failed");
                break;
            case 2 when pod is not null:
                SetReady(pod, isReady: false);
                break;
            case 3:
                EditSpec(spec => spec["replicas"] = chance.Next(0, 4));
                break;
            case 4:
                SetImage(AnyImage(chance));
                break;
            case 5:
                EditSpec(spec => AnyRole(spec, chance)["replicas"] = chance.Next(0, 3));
                break;
            case 6:
                EditSpec(spec => AnyRole(spec, chance)["entryTemplate"]!["spec"]!["containers"]![0]!["image"] = AnyImage(chance));
                break;
            case 7:
                ForgetGrains();
                break;
            case 8:
                Reap();
                break;
            default:
                AllReady();
                break;
        }
        Settle(chance.Next(3) == 0 ? chance.Next(1, 6) : null);
    }

    /// <summary>The image that the spec now wants for the entry pods of each role.</summary>
    public Dictionary<string, string> WantedImages() => Json("ModelServing", Serving.Name)["spec"]!["template"]!["roles"]!.AsArray().ToDictionary(
        static role => (string)role!["name"]!,
        static role => (string)role!["entryTemplate"]!["spec"]!["containers"]![0]!["image"]!);

    private static string AnyImage(Random chance) => $"engine:{chance.Next(1, 4)}";

    private static JsonObject AnyRole(JsonObject spec, Random chance)
    {
        JsonArray roles = spec["template"]!["roles"]!.AsArray();
        return roles[chance.Next(roles.Count)]!.AsObject();
    }
}
