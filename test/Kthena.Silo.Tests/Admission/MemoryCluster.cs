using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Kubernetes.Core;
using Kthena.Silo.Admission;

namespace Kthena.Silo.Tests.Admission;

/// <summary>The embedded API server in memory as a transport, with webhook configurations as plain objects and answers that a test may take over.</summary>
internal sealed class MemoryCluster : IKubernetesTransport
{
    public const string Secret = "/api/v1/namespaces/system/secrets/certs";
    public const string Secrets = "/api/v1/namespaces/system/secrets";
    public const string Validating = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    public const string Mutating = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

    private readonly ApiServer _server;

    private MemoryCluster(ApiServer server, ManualTime time)
    {
        _server = server;
        Time = time;
        Client = new KubernetesClient(this, TimeProvider.System);
    }

    public ManualTime Time { get; }

    public KubernetesClient Client { get; }

    /// <summary>Asked first; what it returns is the answer, and null lets the server answer.</summary>
    public Func<KubernetesRequest, Task<KubernetesResponse?>> Before { get; set; } = static _ => Task.FromResult<KubernetesResponse?>(null);

    public List<string> Writes { get; } = [];

    public AdmissionWebhookOptions Options { get; } = new()
    {
        Address = System.Net.IPAddress.Loopback,
        Port = 0,
        Namespace = "system",
        SecretName = "certs",
        ServiceNames = ["hook"],
        ValidatingConfigurations = ["checks"],
        MutatingConfigurations = ["changes"],
    };

    public static async Task<MemoryCluster> StartAsync()
    {
        var time = new ManualTime();
        ApiServer server = await ApiServer.StartAsync(new ApiServerOptions
        {
            Time = time,
            Identifiers = new RandomIdentifiers(new Random(1)),
            Definitions = [Definition("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"), Definition("mutatingwebhookconfigurations", "MutatingWebhookConfiguration")],
        });
        var cluster = new MemoryCluster(server, time);
        await cluster.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"system"}}""");
        await cluster.PostAsync(Validating, Configuration("ValidatingWebhookConfiguration", "checks", "\"caBundle\":\"b2xk\"", ""));
        await cluster.PostAsync(Mutating, Configuration("MutatingWebhookConfiguration", "changes", ""));
        cluster.Writes.Clear();
        return cluster;
    }

    public async Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        if (await Before(request) is { } taken)
            return taken;
        return await HandleAsync(request);
    }

    public async Task<KubernetesResponse> HandleAsync(KubernetesRequest request)
    {
        ApiResponse response = await _server.HandleAsync(new ApiRequest(request.Method, request.Path, request.Query) { ContentType = request.ContentType ?? "application/json", Body = request.Body });
        if (request.IsWrite && response.IsSuccess)
        {
            lock (Writes)
                Writes.Add($"{request.Method} {request.Path}");
        }
        return new KubernetesResponse(response.Status, response.BodyBytes());
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        KubernetesResponse response = await HandleAsync(new KubernetesRequest("GET", path));
        response.StatusCode.ShouldBe(200, path);
        return JsonNode.Parse(response.Body.Span)!;
    }

    public async Task PostAsync(string path, string body)
    {
        KubernetesResponse response = await HandleAsync(new KubernetesRequest("POST", path) { ContentType = "application/json", Body = Encoding.UTF8.GetBytes(body) });
        response.StatusCode.ShouldBe(201, Encoding.UTF8.GetString(response.Body.Span));
    }

    public async Task MergeAsync(string path, string body)
    {
        KubernetesResponse response = await HandleAsync(new KubernetesRequest("PATCH", path) { ContentType = "application/merge-patch+json", Body = Encoding.UTF8.GetBytes(body) });
        response.StatusCode.ShouldBe(200, Encoding.UTF8.GetString(response.Body.Span));
    }

    /// <summary>A text of the Secret.</summary>
    public async Task<string> SecretTextAsync(string key)
    {
        JsonNode secret = await GetAsync(Secret);
        return Encoding.UTF8.GetString(Convert.FromBase64String(secret["data"]![key]!.GetValue<string>()));
    }

    /// <summary>Every caBundle of both configurations.</summary>
    public async Task<string[]> BundlesAsync()
    {
        JsonNode checks = await GetAsync($"{Validating}/checks");
        JsonNode changes = await GetAsync($"{Mutating}/changes");
        return [.. checks["webhooks"]!.AsArray().Concat(changes["webhooks"]!.AsArray()).Select(static hook => Encoding.UTF8.GetString(Convert.FromBase64String(hook!["clientConfig"]!["caBundle"]?.GetValue<string>() ?? "")))];
    }

    public static KubernetesResponse Refuse(int status, string reason) =>
        new(status, Encoding.UTF8.GetBytes($$"""{"kind":"Status","status":"Failure","reason":"{{reason}}","message":"scripted","code":{{status}}}"""));

    private static string Configuration(string kind, string name, params string[] clients) => new JsonObject
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
        ["webhooks"] = new JsonArray([.. clients.Select((client, at) => JsonNode.Parse($"{{\"name\":\"h{at}\",\"clientConfig\":{{{client}}}}}"))]),
    }.ToJsonString();

    private static ReadOnlyMemory<byte> Definition(string plural, string kind) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        apiVersion = "apiextensions.k8s.io/v1",
        kind = "CustomResourceDefinition",
        metadata = new { name = $"{plural}.admissionregistration.k8s.io" },
        spec = new
        {
            group = "admissionregistration.k8s.io",
            scope = "Cluster",
            names = new { plural, kind },
            versions = new[]
            {
                new { name = "v1", served = true, storage = true, schema = new { openAPIV3Schema = new Dictionary<string, object> { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } } },
            },
        },
    });
}
