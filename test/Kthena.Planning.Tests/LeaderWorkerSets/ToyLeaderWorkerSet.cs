using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using Kthena.Planning.LeaderWorkerSets;
using Kthena.Planning.Writes;

namespace Kthena.Planning.Tests.LeaderWorkerSets;

/// <summary>One LeaderWorkerSet and the ModelServing of its name, with an API server's promises that its plans rest on.</summary>
internal sealed class ToyLeaderWorkerSet
{
    private long _version = 1;
    private TranslationWrite? _written;
    private DateTimeOffset? _statusWrittenAt;

    public ToyLeaderWorkerSet(string spec, string annotations = "{}") => Set = JsonNode.Parse($$"""
        { "metadata": { "name": "lws", "namespace": "ns", "uid": "uid-lws", "generation": 1, "resourceVersion": "1", "annotations": {{annotations}} },
          "spec": {{spec}} }
        """)!.AsObject();

    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public JsonObject Set { get; }

    public JsonObject? Serving { get; set; }

    public bool HasVolcano { get; set; }

    public string Refusal { get; set; } = "";

    public List<Service> Services { get; } = [];

    /// <summary>What the API server makes of a spec that is written: defaults filled in, unknown fields dropped.</summary>
    public Action<JsonObject> Fill { get; set; } = static _ => { };

    public List<string> Story { get; } = [];

    public LeaderWorkerSetStatus Status => View<LeaderWorkerSet>(Set).Status;

    public LeaderWorkerSetPlan LastPlan { get; private set; } = new();

    public Condition? Condition(string type) => Status.Conditions.FirstOrDefault(condition => condition.Type == type);

    public void EditSet(Action<JsonObject> edit)
    {
        edit(Set["spec"]!.AsObject());
        Set["metadata"]!["generation"] = (int)Set["metadata"]!["generation"]! + 1;
        Touch(Set);
    }

    public void EditServing(Action<JsonObject> edit)
    {
        edit(Serving!["spec"]!.AsObject());
        Serving["metadata"]!["generation"] = (int)Serving["metadata"]!["generation"]! + 1;
        Touch(Serving);
    }

    public void Report(int available, int updated, string isTrue, int? replicas = null)
    {
        Serving!["status"] = new JsonObject
        {
            ["observedGeneration"] = (int)Serving["metadata"]!["generation"]!,
            ["replicas"] = replicas ?? (int)Serving["spec"]!["replicas"]!,
            ["availableReplicas"] = available,
            ["updatedReplicas"] = updated,
            ["labelSelector"] = "entry=true",
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = isTrue, ["status"] = "True" }),
        };
        Touch(Serving);
    }

    /// <summary>The process that runs the grain is another one.</summary>
    public void Forget() => (_written, _statusWrittenAt) = (null, null);

    /// <summary>Looks and applies until nothing is left to do.</summary>
    public void Settle()
    {
        for (int round = 0; round < 30; round++)
        {
            Look();
            if (LastPlan.Writes.IsEmpty && LastPlan.RequeueAfter is null or { TotalSeconds: > 5 })
                return;
        }
        throw new InvalidOperationException("Plans do not come to an end:\n" + string.Join('\n', Story.TakeLast(10)));
    }

    /// <summary>Looks and applies a few times, where there is always something left to do.</summary>
    public void SettleFor(int rounds)
    {
        for (int round = 0; round < rounds; round++)
            Look();
    }

    private void Look()
    {
        var observed = new LeaderWorkerSetObservation(View<LeaderWorkerSet>(Set), Serving is null ? null : View<ModelServing>(Serving))
        {
            HasVolcano = HasVolcano,
            Services = [.. Services],
            Written = _written,
            StatusWrittenAt = _statusWrittenAt,
            Refusal = Refusal,
        };
        LastPlan = LeaderWorkerSetPlanner.Plan(observed, Now);
        _written = LastPlan.Written ?? _written;
        _statusWrittenAt = LastPlan.WritesStatus ? Now : _statusWrittenAt;
        foreach (ClusterWrite write in LastPlan.Writes)
        {
            Story.Add(write.ToString()!);
            Apply(write);
        }
        Now += TimeSpan.FromSeconds(1);
    }

    private void Apply(ClusterWrite write)
    {
        switch (write)
        {
            case CreateObject create when create.Kind == ResourceKinds.Service:
                if (!SetServices.IsRefused(Refusal))
                    Services.Add(View<Service>(JsonNode.Parse(create.Body.Utf8.Span)!.AsObject()));
                break;
            case DeleteObject delete:
                Services.RemoveAll(service => service.Metadata.Name == delete.Target.Name);
                break;
            case CreateObject create when Serving is null && (Refusal.Length == 0 || SetServices.IsRefused(Refusal)):
                Serving = JsonNode.Parse(create.Body.Utf8.Span)!.AsObject();
                Serving["metadata"]!["uid"] = $"uid-{_version}";
                Serving["metadata"]!["generation"] = 1;
                Fill(Serving["spec"]!.AsObject());
                Touch(Serving);
                break;
            case PatchObject patch:
                JsonObject target = patch.Kind == ResourceKinds.ModelServing ? Serving! : Set;
                patch.ResourceVersion.ShouldBe((string?)target["metadata"]!["resourceVersion"]);
                string before = target["spec"]!.ToJsonString();
                Merge(target, JsonNode.Parse(patch.Patch.Utf8.Span)!.AsObject());
                if (patch.Kind == ResourceKinds.ModelServing)
                    Fill(target["spec"]!.AsObject());
                if (target["spec"]!.ToJsonString() != before)
                    target["metadata"]!["generation"] = (int)target["metadata"]!["generation"]! + 1;
                Touch(target);
                break;
        }
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch.ToList())
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject into)
                Merge(into, inner);
            else
                target[name] = value.DeepClone();
        }
    }

    private void Touch(JsonObject json) => json["metadata"]!["resourceVersion"] = (++_version).ToString(CultureInfo.InvariantCulture);

    private static T View<T>(JsonObject json)
        where T : class, IKubernetesResource<T>
    {
        using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
        return T.Parse(document.RootElement);
    }
}
