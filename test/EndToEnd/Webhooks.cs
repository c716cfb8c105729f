using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EndToEnd.Kills;

namespace EndToEnd;

/// <summary>The admission webhooks of <c>kthena controller-manager</c>, asked as an API server asks.</summary>
public sealed class Webhooks
{
    [Fact]
    public async Task ControllerManager_WithAWebhookPort_ReviewsObjectsUnderACertificateOfItsOwn()
    {
        await using Processes processes = await Processes.StartAsync();
        RunningCommand silo = await processes.SiloAsync("--webhook-port", "0");
        var address = new Uri((await silo.LineAsync("^webhooks ")).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        address.Host.ShouldBe("127.0.0.1");
        using (var api = new ApiServer(processes.Kubeconfig))
        {
            JsonNode secret = await api.SendAsync("GET", "/api/v1/namespaces/default/secrets/kthena-controller-manager-webhook-certs");
            ((string)secret["data"]!["ca.crt"]!).Length.ShouldBeGreaterThan(100);
        }

        // The names of the certificate are checked, its authority is new in this run.
        using var http = new HttpClient(new HttpClientHandler
        {
            UseProxy = false,
            ServerCertificateCustomValidationCallback = static (_, _, _, errors) => (errors & System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch) == 0,
        });
        using var review = new StringContent("""
            { "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": { "uid": "u-1", "operation": "CREATE", "namespace": "default", "name": "ms",
              "object": { "apiVersion": "workload.serving.volcano.sh/v1alpha1", "kind": "ModelServing", "metadata": { "name": "ms", "namespace": "default" },
                "spec": { "replicas": -1, "template": { "roles": [] } } } } }
            """, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage answer = await http.PostAsync(new Uri(address, "/validate-workload-ai-v1alpha1-modelserving"), review);
        JsonNode response = (await answer.Content.ReadFromJsonAsync<JsonObject>())!["response"]!;
        ((bool)response["allowed"]!).ShouldBeFalse();
        response["status"]!["message"]!.ToString().ShouldSatisfyAllConditions(
            static message => message.ShouldContain("spec.replicas"),
            static message => message.ShouldContain("roles must be specified"));
    }

    [Theory]
    [InlineData("--webhook-port", "70000", "--webhook-port must be 0 to 65535, not 70000.")]
    [InlineData("--tls-cert-file", "tls.crt", "--tls-cert-file and --tls-private-key-file are given together or not at all.")]
    [InlineData("--webhook-timeout", "0", "--webhook-timeout must be 1 or more, not 0.")]
    public async Task Setting_ThatCannotBeUsed_IsOneLine(string option, string value, string told)
    {
        ToolProcess run = await ToolProcess.RunAsync("dotnet", [Build.CommandPath, "controller-manager", "--kubeconfig", "no-such-file", option, value]);
        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain(told);
    }
}
