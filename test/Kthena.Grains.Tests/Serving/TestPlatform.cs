using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.TestingHost;
using SiloOptions = Kthena.Silo.SiloOptions;

namespace Kthena.Grains.Tests.Serving;

/// <summary>The control plane on a real embedded API server over HTTPS; the test plays the nodes.</summary>
internal sealed class TestPlatform : IAsyncDisposable
{
    /// <summary>How long anything is waited for that must come: a busy machine may need much of it, and only a defect all.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Func<Task> _stopServer;
    private readonly HttpKubernetesTransport _http;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Informer<Pod> _pods;
    private readonly Informer<Service> _services;
    private readonly Informer<ModelServing> _servings;
    private readonly Task _informers;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InProcessTestCluster? _cluster;

    private TestPlatform(KubernetesConnection connection, string ns, Func<Task> stopServer)
    {
        Namespace = ns;
        _stopServer = stopServer;
        _http = new HttpKubernetesTransport(connection, TimeProvider.System);
        Transport = new CountingTransport(_http);
        Client = new KubernetesClient(_http, TimeProvider.System, new KubernetesClientOptions { CallTimeout = Patience });
        _pods = Inform<Pod>();
        _services = Inform<Service>();
        _servings = Inform<ModelServing>();
        _informers = Task.WhenAll(_pods.RunAsync(_stopping.Token), _services.RunAsync(_stopping.Token), _servings.RunAsync(_stopping.Token));
    }

    /// <summary>Where the test's objects live.</summary>
    public string Namespace { get; }

    /// <summary>How kubectl reaches the embedded API server.</summary>
    public string Kubeconfig { get; private set; } = "";

    /// <summary>What the silo sends.</summary>
    public CountingTransport Transport { get; }

    /// <summary>The user's and the nodes' own way to the API server.</summary>
    public KubernetesClient Client { get; }

    public Pod[] Pods => [.. _pods.Snapshot.Items];

    public Service[] Services => [.. _services.Snapshot.Items];

    public ModelServing? Serving => _servings.Snapshot.Find(new NamespacedName(Namespace, "ms"));

    public InProcessTestCluster Cluster => _cluster!;

    /// <summary>Starts on an embedded API server of its own.</summary>
    public static async Task<TestPlatform> StartAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-grains-");
        string kubeconfig = Path.Combine(folder.FullName, "kubeconfig");
        EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(folder.FullName) { KubeconfigPath = kubeconfig });
        var connection = new KubernetesConnection(server.Uri)
        {
            Token = server.Token,
            CertificateAuthorities = [X509Certificate2.CreateFromPem(server.CaCertificatePem)],
        };
        TestPlatform platform = await StartAsync(connection, "default", async () =>
        {
            await server.DisposeAsync();
            folder.Delete(recursive: true);
        });
        platform.Kubeconfig = kubeconfig;
        return platform;
    }

    /// <summary>Starts on an API server that is there already, in a namespace of its own.</summary>
    public static async Task<TestPlatform> StartAsync(KubernetesConnection connection)
    {
        string ns = $"grains-{TimeProvider.System.GetUtcNow().UtcTicks:x}";
        using var http = new HttpKubernetesTransport(connection, TimeProvider.System);
        using var client = new KubernetesClient(http, TimeProvider.System);
        await client.CreateAsync(
            ResourceKinds.Namespace,
            ns: null,
            new RawJson(Encoding.UTF8.GetBytes($$"""{ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "{{ns}}" } }""")),
            CancellationToken.None);
        return await StartAsync(connection, ns, static () => Task.CompletedTask);
    }

    private static async Task<TestPlatform> StartAsync(KubernetesConnection connection, string ns, Func<Task> stopServer)
    {
        var platform = new TestPlatform(connection, ns, stopServer);
        await platform.StartSiloAsync();
        return platform;
    }

    public async Task StartSiloAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) => silo.Services
            .AddKthenaSiloServices(new SiloOptions { Transport = Transport })
            .Configure<SiloMessagingOptions>(static options => options.ResponseTimeout = Patience));
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async Task StopSiloAsync() => await _cluster!.DisposeAsync();

    public Task ApplyAsync(string spec) => Client.CreateAsync(
        ResourceKinds.ModelServing,
        Namespace,
        new RawJson(Encoding.UTF8.GetBytes($$"""
            { "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing",
              "metadata": { "name": "ms", "namespace": "{{Namespace}}", "annotations": { "modelserving.volcano.sh/drain-seconds": "0" } }, "spec": {{spec}} }
            """)),
        CancellationToken.None);

    public Task PatchAsync(string patch, string? subresource = null) => Client.PatchAsync(
        ResourceKinds.ModelServing,
        new NamespacedName(Namespace, "ms"),
        KubernetesPatch.Merge(new RawJson(Encoding.UTF8.GetBytes(patch))),
        CancellationToken.None,
        subresource: subresource);

    public Task DeleteAsync(ResourceKind kind, string name) =>
        Client.DeleteAsync(kind, new NamespacedName(Namespace, name), options: null, CancellationToken.None);

    /// <summary>Reports a pod's state as its node would.</summary>
    public Task ReportAsync(string pod, bool isReady, string phase = "Running", int restarts = 0)
    {
        var status = new JsonObject
        {
            ["phase"] = phase,
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "Ready",
                ["status"] = isReady ? "True" : "False",
                ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
            }),
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "c",
                ["image"] = "x",
                ["imageID"] = "",
                ["ready"] = isReady,
                ["restartCount"] = restarts,
            }),
        };
        return Client.PatchAsync(
            ResourceKinds.Pod,
            new NamespacedName(Namespace, pod),
            KubernetesPatch.Merge(new JsonObject { ["status"] = status }),
            CancellationToken.None,
            subresource: "status");
    }

    /// <summary>Waits for a state, looking again whenever anything changes; meanwhile every pod that is not ready becomes so.</summary>
    public async Task UntilAsync(Func<TestPlatform, bool> holds, bool makesReady = true)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (holds(this))
                return;
            if (makesReady)
            {
                foreach (Pod pod in Pods.Where(static pod => !pod.IsReady && pod.Phase == "Pending" && pod.Metadata.DeletionTimestamp is null))
                    await TryReportReadyAsync(pod);
            }
            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not reached within {Patience}.\n{Describe()}");
            }
        }
    }

    /// <summary>Waits until the events of the namespace have said all of these texts.</summary>
    public async Task EventsSayAsync(params string[] texts)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        string events;
        do
        {
            await looks.WaitForNextTickAsync(deadline.Token);
            events = (await Client.SendAsync(
                new KubernetesRequest("GET", ResourceKinds.Event.CollectionPath(Namespace)), deadline.Token)).ToString();
        }
        while (!texts.All(text => events.Contains(text, StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        await _stopping.CancelAsync();
        await _informers;
        Client.Dispose();
        Transport.Dispose();
        _http.Dispose();
        _stopping.Dispose();
        await _stopServer();
    }

    private async Task TryReportReadyAsync(Pod pod)
    {
        try
        {
            await ReportAsync(pod.Metadata.Name, isReady: true);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            // It was deleted meanwhile, as pods are.
        }
    }

    private string Describe() => string.Join(
        '\n',
        [
            .. Pods.Select(static pod => $"{pod.Metadata.Name} {pod.Phase} ready={pod.IsReady} deleted={pod.Metadata.DeletionTimestamp}"),
            $"{Serving?.Status}",
            .. Serving?.Status.Conditions.Select(static condition => condition.ToString()) ?? [],
            .. Transport.Writes.TakeLast(20),
        ]);

    private Informer<T> Inform<T>()
        where T : class, IKubernetesResource<T>
    {
        var informer = new Informer<T>(Client, new InformerOptions<T> { Query = new ListQuery { Namespace = Namespace } }, TimeProvider.System, new Random(1), NullLogger.Instance);
        informer.Subscribe(_ => Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult());
        return informer;
    }
}
