using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Silo.Admission;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Silo.Tests.Admission;

/// <summary>A real kube-apiserver asks the webhooks over TLS, for objects of one namespace.</summary>
public sealed class RealApiServerTests : IAsyncLifetime, IDisposable
{
    private const string Registration = "/apis/admissionregistration.k8s.io/v1";
    private const string Networking = "networking.serving.volcano.sh/v1alpha1";
    private const string Workload = "workload.serving.volcano.sh/v1alpha1";

    private readonly string _name = $"webhook-{Guid.NewGuid():N}"[..20];
    private readonly ManualTime _time = new();
    private HttpKubernetesTransport? _transport;
    private KubernetesClient? _client;
    private AdmissionWebhookOptions _options = null!;
    private AdmissionWebhookServer _server = null!;

    public async Task InitializeAsync()
    {
        if (!RealApiServerFactAttribute.IsNamed)
            return;
        // The API server checks certificates by its own clock: ours is behind it, so that the second one is good there too.
        _time.Advance(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(300) - _time.GetUtcNow());
        _transport = new HttpKubernetesTransport(RealApiServerFactAttribute.Connect(), TimeProvider.System);
        _client = new KubernetesClient(_transport, TimeProvider.System);
        await SendAsync("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"" + _name + "\",\"labels\":{\"webhook-test\":\"" + _name + "\"}}}");
        _options = new AdmissionWebhookOptions
        {
            Address = IPAddress.Loopback,
            Port = FreePort(),
            Namespace = _name,
            AlternativeNames = ["127.0.0.1"],
            ValidatingConfigurations = [_name],
            MutatingConfigurations = [_name],
            CertificateLifetime = TimeSpan.FromDays(600),
            RenewBefore = TimeSpan.FromDays(400),
        };
        await ConfigureAsync("validatingwebhookconfigurations", _options.Port,
            ("networking.serving.volcano.sh", "modelroutes", "/validate/modelroute"),
            ("workload.serving.volcano.sh", "autoscalingpolicies", "/validate/autoscalingpolicy"));
        await ConfigureAsync("mutatingwebhookconfigurations", _options.Port, ("workload.serving.volcano.sh", "autoscalingpolicies", "/mutate/autoscalingpolicy"));
        _server = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_transport is null)
            return;
        foreach (string path in (string[])[$"{Registration}/validatingwebhookconfigurations/{_name}", $"{Registration}/mutatingwebhookconfigurations/{_name}", $"/api/v1/namespaces/{_name}"])
            await SendAsync("DELETE", path);
        await _server.DisposeAsync();
    }

    public void Dispose()
    {
        _client?.Dispose();
        _transport?.Dispose();
    }

    [RealApiServerFact]
    public async Task Real_ObjectsAreDeniedMutatedAndAdmitted_AlsoAfterANewCertificate()
    {
        await AsksUsAsync();
        string first = await BundleAsync();

        string behavior = (await SendAsync("POST", $"/apis/{Workload}/namespaces/{_name}/autoscalingpolicies?dryRun=All", Policy(1)))["spec"]!["behavior"]!.ToJsonString();
        behavior.ShouldContain("\"panicPolicy\":{\"panicModeHold\":\"0s\",\"panicThresholdPercent\":200,\"percent\":0,\"period\":\"0s\"}");
        KubernetesApiException denial = await Should.ThrowAsync<KubernetesApiException>(
            () => SendAsync("POST", $"/apis/{Workload}/namespaces/{_name}/autoscalingpolicies?dryRun=All", Policy(9)));
        denial.StatusMessage.ShouldBe(
            "admission webhook \"autoscalingpolicies.test.volcano.sh\" denied the request: "
            + "validation failed:\n  - spec.homogeneousTarget.minReplicas: Invalid value: 9: minReplicas (9) cannot be greater than maxReplicas (4)");

        _time.Advance(TimeSpan.FromDays(250));
        await UntilAsync(async () => await BundleAsync() != first);
        await AsksUsAsync();
        // The API server keeps its connection; another server makes it shake hands with the new certificate.
        await _server.DisposeAsync();
        _server = await StartAsync();
        await AsksUsAsync();
        _server.Uri.Port.ShouldBe(_options.Port);
    }

    private Task<AdmissionWebhookServer> StartAsync() =>
        AdmissionWebhookServer.StartAsync(_options, _client!, _time, NullLoggerFactory.Instance, default);

    /// <summary>An API server takes a moment to notice a webhook configuration.</summary>
    private Task AsksUsAsync() => UntilAsync(async () =>
    {
        try
        {
            await SendAsync("POST", $"/apis/{Networking}/namespaces/{_name}/modelroutes?dryRun=All", """{"metadata":{"generateName":"r"},"spec":{"rules":[]}}""");
            return false;
        }
        catch (KubernetesApiException denial) when (denial.StatusMessage.Contains("denied the request", StringComparison.Ordinal))
        {
            denial.StatusMessage.ShouldBe(
                "admission webhook \"modelroutes.test.volcano.sh\" denied the request: validation failed:\n  - spec: Required value: either modelName or loraAdapters must be specified");
            return true;
        }
        catch (KubernetesApiException notYet) when (notYet.StatusMessage.Contains("failed calling webhook", StringComparison.Ordinal))
        {
            return false;
        }
    });

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isTrue())
            guard.Token.ThrowIfCancellationRequested();
    }

    private async Task<string> BundleAsync()
    {
        JsonNode configuration = await SendAsync("GET", $"{Registration}/validatingwebhookconfigurations/{_name}");
        return configuration["webhooks"]![0]!["clientConfig"]!["caBundle"]!.GetValue<string>();
    }

    private Task ConfigureAsync(string plural, int port, params (string Group, string Resource, string Path)[] hooks) => SendAsync("POST", $"{Registration}/{plural}", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = _name },
        ["webhooks"] = new JsonArray([.. hooks.Select(hook => (JsonNode)new JsonObject
        {
            ["name"] = $"{hook.Resource}.test.volcano.sh",
            ["admissionReviewVersions"] = new JsonArray("v1"),
            ["sideEffects"] = "None",
            ["failurePolicy"] = "Fail",
            ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["webhook-test"] = _name } },
            ["clientConfig"] = new JsonObject { ["url"] = $"https://127.0.0.1:{port}{hook.Path}" },
            ["rules"] = new JsonArray(new JsonObject
            {
                ["operations"] = new JsonArray("CREATE", "UPDATE"),
                ["apiGroups"] = new JsonArray(hook.Group),
                ["apiVersions"] = new JsonArray("v1alpha1"),
                ["resources"] = new JsonArray(hook.Resource),
            }),
        })]),
    }.ToJsonString());

    private async Task<JsonNode> SendAsync(string method, string path, string? body = null)
    {
        string[] parts = path.Split('?');
        var request = new KubernetesRequest(method, parts[0]) { Query = parts.Length > 1 ? parts[1] : "" };
        if (body is not null)
            request = request with { ContentType = "application/json", Body = Encoding.UTF8.GetBytes(WithType(parts[0], body)) };
        return JsonNode.Parse((await _client!.SendAsync(request, default)).Utf8.Span)!;
    }

    /// <summary>A real API server wants to be told the type in the body too.</summary>
    private static string WithType(string path, string body)
    {
        JsonNode json = JsonNode.Parse(body)!;
        string[] parts = path.Split('/');
        bool isCore = parts[1] == "api";
        json["apiVersion"] = isCore ? parts[2] : $"{parts[2]}/{parts[3]}";
        json["kind"] = parts[^1] switch
        {
            "namespaces" => "Namespace",
            "modelroutes" => "ModelRoute",
            "autoscalingpolicies" => "AutoscalingPolicy",
            "validatingwebhookconfigurations" => "ValidatingWebhookConfiguration",
            _ => "MutatingWebhookConfiguration",
        };
        return json.ToJsonString();
    }

    private static string Policy(int minReplicas) =>
        "{\"metadata\":{\"generateName\":\"p\"},\"spec\":{\"metrics\":[{\"name\":\"m\",\"targetValue\":\"1\"}],\"homogeneousTarget\":{\"minReplicas\":" + minReplicas
        + ",\"maxReplicas\":4,\"target\":{\"targetRef\":{\"name\":\"s\"}}}}}";

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
