using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Tests.Host;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;

namespace Kthena.Grains.Tests.Serving;

/// <summary>What people and autoscalers see of a ModelServing.</summary>
public sealed class StatusTests
{
    private const string Spec = """
        { "replicas": 2, "schedulerName": "default-scheduler",
          "template": { "roles": [ { "name": "engine", "replicas": 1, "workerReplicas": 0,
            "entryTemplate": { "spec": { "containers": [ { "name": "c", "image": "registry.invalid/engine:1" } ] } } } ] } }
        """;

    [Fact]
    public async Task W10_QuotaExceeded_IsToldAsConditionDetailAndEvent_UntilThereIsRoom()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        platform.Transport.Answer = static request => request is { Method: "POST" } && request.Path.EndsWith("/pods", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body.Span).Contains("\"ms-1-engine-0-0\"", StringComparison.Ordinal)
                ? Forbidden("pods \"ms-1-engine-0-0\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1")
                : null;
        await platform.ApplyAsync(Spec);
        await platform.UntilAsync(static p => p.Serving?.Status is { AvailableReplicas: 1, Detail: { } detail } status
            && detail.NotRunning.Any(static instance => instance.Message.StartsWith("QuotaExceeded: ", StringComparison.Ordinal))
            && status.Conditions.Any(static condition => condition is { Type: "RolesFailing", IsTrue: true, Reason: "QuotaExceeded" }));
        await platform.EventsSayAsync("FailedCreate", "exceeded quota: few");

        platform.Transport.Answer = static _ => null;
        await platform.UntilAsync(static p => p.Serving!.Status is { AvailableReplicas: 2, Detail.NotRunning.Length: 0 } status
            && status.Conditions.All(static condition => condition.Type != "RolesFailing"));
    }

    [Fact]
    public async Task StatusOfARefusedRevision_IsWrittenAllTheSame()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        platform.Transport.Answer = static request => request is { Method: "POST" } && request.Path.EndsWith("/controllerrevisions", StringComparison.Ordinal)
            ? Forbidden("exceeded quota: no revisions")
            : null;
        await platform.ApplyAsync(Spec);
        await platform.UntilAsync(static p => p.Serving?.Status is { ObservedGeneration: 1, LabelSelector.Length: > 0 });
        platform.Pods.ShouldBeEmpty();
        platform.Transport.Answer = static _ => null;
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 2);
    }

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_ScalesToZeroAndBack_AndFindsOnePodOfEachGroupByTheSelector(string program)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.ApplyAsync(Spec);
        await platform.UntilAsync(static p => p.Serving?.Status.AvailableReplicas == 2);
        await RunAsync("scale modelserving/ms --replicas=0");
        await platform.UntilAsync(static p => p.Pods.Length == 0 && p.Serving!.Status is { Replicas: 0, ObservedGeneration: 2 });
        string selector = await RunAsync("get modelserving ms --subresource=scale -o jsonpath={.status.selector}");
        await RunAsync("scale modelserving/ms --current-replicas=0 --replicas=3");
        await platform.UntilAsync(static p => p.Serving!.Status.AvailableReplicas == 3);
        (await RunAsync($"get pods -l {selector} -o name")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["pod/ms-0-engine-0-0", "pod/ms-1-engine-0-0", "pod/ms-2-engine-0-0"]);
        (await RunAsync("get modelserving ms -o jsonpath={.status.detail.groups[*].ready}")).ShouldBe("1/1 1/1 1/1");

        async Task<string> RunAsync(string arguments)
        {
            (int code, string output) = await Kubectl.RunAsync(program, platform.Kubeconfig, arguments);
            code.ShouldBe(0, output);
            return output;
        }
    }

    public static TheoryData<string> Programs() => [.. Kubectl.Programs().TakeLast(1)];

    private static KubernetesResponse Forbidden(string message) => new(403, Encoding.UTF8.GetBytes(new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["status"] = "Failure",
        ["reason"] = "Forbidden",
        ["message"] = message,
        ["code"] = 403,
    }.ToJsonString()));
}
