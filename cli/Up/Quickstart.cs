using System.Reflection;
using Kthena.Cli.Hosting;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Router;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Kthena.Cli.Up;

/// <summary>The model that a new data folder gets, out of the manifests of <c>examples/quickstart</c>.</summary>
internal static class Quickstart
{
    private const string ResourcePrefix = "quickstart/";
    private const string Namespace = "default";
    private static readonly NamespacedName Server = new(Namespace, "quickstart");
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Creates the objects, and waits until the gateway knows an endpoint of the model.</summary>
    /// <param name="client">Reaches the API server.</param>
    /// <param name="router">The gateway.</param>
    /// <param name="time">Bounds the wait.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="StartException">No endpoint came up in time.</exception>
    public static async Task ApplyAsync(KubernetesClient client, RouterHost router, TimeProvider time, CancellationToken cancellation)
    {
        foreach ((ResourceKind kind, RawJson manifest) in Manifests())
            await client.CreateAsync(kind, Namespace, manifest, cancellation);

        using var timeout = new CancellationTokenSource(ReadyTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            while (!router.Snapshot.Servers.Any(static server => server.Key == Server && server.Endpoints.Length > 0))
                await Task.Delay(TimeSpan.FromMilliseconds(20), time, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new StartException(
                $"The quickstart's model did not become available within {ReadyTimeout.TotalSeconds:0} s. Start with --no-quickstart, and look at 'kubectl describe modelserving quickstart'.");
        }
    }

    private static IEnumerable<(ResourceKind Kind, RawJson Manifest)> Manifests()
    {
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        ISerializer json = new SerializerBuilder().JsonCompatible().Build();
        Assembly assembly = typeof(Quickstart).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            var manifest = yaml.Deserialize<Dictionary<string, object>>(new MergingParser(new Parser(reader)));
            byte[] utf8 = System.Text.Encoding.UTF8.GetBytes(json.Serialize(manifest));
            yield return (KindOf((string)manifest["kind"]), new RawJson(utf8));
        }
    }

    private static ResourceKind KindOf(string kind) =>
        new[] { ResourceKinds.ModelServing, ResourceKinds.ModelServer, ResourceKinds.ModelRoute }.Single(known => known.Kind == kind);
}
