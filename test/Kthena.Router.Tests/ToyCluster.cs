using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Kthena.Grains.Facts;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Routing.Prompt;

namespace Kthena.Router.Tests;

/// <summary>Facts that a test sets.</summary>
internal sealed class ToyCluster : IClusterFacts
{
    private readonly Lock _lock = new();
    private ImmutableArray<object> _objects = [];
    private long _version;

    public bool HasSynced => true;

    public long ObservedVersion(ResourceKind kind) => Volatile.Read(ref _version);

    /// <summary>Replaces everything; returns the new version.</summary>
    public long Set(params IEnumerable<object> objects)
    {
        lock (_lock)
        {
            _objects = [.. objects];
            return ++_version;
        }
    }

    public T? Find<T>(NamespacedName key)
        where T : class, IKubernetesResource<T> => List<T>().FirstOrDefault(item => item.Metadata.Key == key);

    public ImmutableArray<T> List<T>()
        where T : class, IKubernetesResource<T>
    {
        lock (_lock)
            return [.. _objects.OfType<T>().OrderBy(static item => item.Metadata.Key)];
    }

    public ImmutableArray<T> List<T>(FactIndex index, string key)
        where T : class, IKubernetesResource<T> => [.. List<T>().Where(item => FactKeys.Of(index, item.Metadata) == key)];

    public static ModelRoute Route(string json) => ModelRoute.Parse(JsonDocument.Parse(json).RootElement);

    public static ModelRoute Route(string name, string model, string server) => Route($$$"""
        {"metadata":{"namespace":"default","name":"{{{name}}}","uid":"{{{name}}}","resourceVersion":"{{{VersionOf(model, server)}}}","creationTimestamp":"2026-01-01T00:00:00Z"},
         "spec":{"modelName":"{{{model}}}","loraAdapters":["my-lora"],"rules":[{"targetModels":[{"modelServerName":"{{{server}}}"}]}]}}
        """);

    public static ModelServer Server(string name, int port, string? model = null, string? timeout = null) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, Uid = name, ResourceVersion = VersionOf($"{port}", model, timeout) },
        Spec = new ModelServerSpec
        {
            Model = model,
            WorkloadSelector = LabelSet.Of(("app", name)),
            WorkloadPort = port,
            Timeout = timeout is null ? null : TimeSpan.FromMilliseconds(double.Parse(timeout[..^2], System.Globalization.CultureInfo.InvariantCulture)),
        },
    };

    /// <summary>A server whose pods have a label <c>role</c>, <c>prefill</c> or <c>decode</c>, and work together by their label <c>group</c>.</summary>
    public static ModelServer SplitServer(string name, int port, string? connector = null, string engine = "vLLM", string? timeout = null)
    {
        ModelServer whole = Server(name, port, timeout: timeout);
        return whole with
        {
            Metadata = whole.Metadata with { ResourceVersion = "2" },
            Spec = whole.Spec with
            {
                InferenceEngine = engine,
                KvConnector = connector,
                PrefillDecode = new PrefillDecodeGroup("group", LabelSet.Of(("role", "prefill")), LabelSet.Of(("role", "decode"))),
            },
        };
    }

    public static Pod Pod(string name, string app, string address, string? uid = null, params ReadOnlySpan<(string, string)> labels) => new()
    {
        Metadata = new ObjectMeta { Namespace = "default", Name = name, Uid = uid ?? name, Labels = LabelSet.Of([("app", app), .. labels]) },
        Phase = "Running",
        PodIP = address,
        Conditions = [new Condition("Ready", "True")],
    };

    /// <summary>As at an API server, what changed has another version: whoever follows takes the same one for the same content.</summary>
    private static string VersionOf(params string?[] content) => $"{XxHash64.Hash(Encoding.UTF8.GetBytes(string.Join('/', content))) >> 1}";
}
