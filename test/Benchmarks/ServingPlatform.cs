using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Kthena.Embedded.Engines;
using Kthena.Embedded.Kubernetes;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Benchmarks;

/// <summary>API server, control plane and simulated node in this process, as <c>kthena up</c> runs them, without a gateway.</summary>
internal sealed class ServingPlatform : IAsyncDisposable
{
    private static readonly NamespacedName Default = new("default", "");

    private readonly DirectoryInfo _folder;
    private readonly EmbeddedApiServer _server;
    private readonly HttpKubernetesTransport _http;
    private readonly IHost _silo;
    private readonly KubernetesClient _nodes;
    private readonly NodeAgent _agent;

    private ServingPlatform(
        DirectoryInfo folder, EmbeddedApiServer server, HttpKubernetesTransport http, CountedRequests silos, IHost silo, KubernetesClient nodes, NodeAgent agent)
    {
        (_folder, _server, _http, Requests, _silo, _nodes, _agent) = (folder, server, http, silos, silo, nodes, agent);
        User = new KubernetesClient(http, TimeProvider.System);
    }

    /// <summary>What the control plane asks of the API server.</summary>
    public CountedRequests Requests { get; }

    /// <summary>The user's own way to the API server.</summary>
    public KubernetesClient User { get; }

    public static async Task<ServingPlatform> StartAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-benchmark-");
        EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(folder.FullName));
        var http = new HttpKubernetesTransport(
            new KubernetesConnection(server.Uri)
            {
                Token = server.Token,
                CertificateAuthorities = [X509Certificate2.CreateFromPem(server.CaCertificatePem)],
            },
            TimeProvider.System);
        var requests = new CountedRequests(http);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.AddKthenaSilo(new SiloOptions { Transport = requests });
        IHost silo = builder.Build();
        await silo.StartAsync();
        var nodes = new KubernetesClient(http, TimeProvider.System);
        var agent = new NodeAgent(nodes, new NodeAgentOptions(), TimeProvider.System, new Random(1), NullLoggerFactory.Instance);
        await agent.StartAsync(CancellationToken.None);
        return new ServingPlatform(folder, server, http, requests, silo, nodes, agent);
    }

    /// <summary>Creates a ModelServing whose every group has two roles of so many pods each.</summary>
    public Task CreateAsync(string name, int groups, int podsOfRole)
    {
        JsonObject Role(string role)
        {
            var json = new JsonObject
            {
                ["name"] = role,
                ["replicas"] = 1,
                ["workerReplicas"] = podsOfRole - 1,
                ["entryTemplate"] = Template("registry.example/engine:1"),
            };
            if (podsOfRole > 1)
                json["workerTemplate"] = Template("registry.example/engine:1");
            return json;
        }
        return User.CreateAsync(ResourceKinds.ModelServing, Default.Namespace, new JsonObject
        {
            ["apiVersion"] = "workload.serving.volcano.sh/v1alpha1",
            ["kind"] = "ModelServing",
            ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { ["modelserving.volcano.sh/drain-seconds"] = "0" } },
            ["spec"] = new JsonObject
            {
                ["replicas"] = groups,
                ["rolloutStrategy"] = new JsonObject { ["type"] = "RoleRollingUpdate" },
                ["template"] = new JsonObject { ["roles"] = new JsonArray(Role("prefill"), Role("decode")) },
            },
        }.ToRawJson(), CancellationToken.None);
    }

    /// <summary>Gives the second role another image.</summary>
    public Task UpdateDecodeAsync(string name, string image)
    {
        var patch = new JsonArray(((string[])["entryTemplate", "workerTemplate"]).Select(template => (JsonNode)new JsonObject
        {
            ["op"] = "replace",
            ["path"] = $"/spec/template/roles/1/{template}/spec/containers/0/image",
            ["value"] = image,
        }).ToArray());
        return User.PatchAsync(ResourceKinds.ModelServing, Key(name), KubernetesPatch.Json(patch), CancellationToken.None);
    }

    /// <summary>Waits until a ModelServing reports so many groups as available and updated for its present spec.</summary>
    public async Task UntilAvailableAsync(string name, int groups)
    {
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        do
        {
            var serving = await User.GetAsync<ModelServing>(Key(name), CancellationToken.None);
            if (serving.Status is { } status && status.ObservedGeneration == serving.Metadata.Generation
                && status.AvailableReplicas == groups && status.UpdatedReplicas == groups && status.Replicas == groups)
            {
                return;
            }
        }
        while (await looks.WaitForNextTickAsync());
    }

    public Task TouchAsync(Pod pod, int number) => User.PatchAsync(
        ResourceKinds.Pod,
        pod.Metadata.Key,
        KubernetesPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["touched"] = $"{number}" } } }),
        CancellationToken.None);

    /// <summary>Changes an object that no part of the control plane follows.</summary>
    public Task TouchNamespaceAsync(int number) => User.PatchAsync(
        ResourceKinds.Namespace,
        new NamespacedName("", Default.Namespace),
        KubernetesPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["touched"] = $"{number}" } } }),
        CancellationToken.None);

    /// <summary>Ends the control plane; API server and node stay.</summary>
    public Task StopSiloAsync() => _silo.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _silo.StopAsync();
        _silo.Dispose();
        await _server.DisposeAsync();
        User.Dispose();
        _nodes.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static NamespacedName Key(string name) => Default with { Name = name };

    private static JsonObject Template(string image) => new()
    {
        ["spec"] = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "engine", ["image"] = image }) },
    };
}
