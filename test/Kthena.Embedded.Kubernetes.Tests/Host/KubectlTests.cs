using System.Diagnostics;

namespace Kthena.Embedded.Kubernetes.Tests.Host;

public class KubectlTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Serving = """
        apiVersion: workload.serving.volcano.sh/v1alpha1
        kind: ModelServing
        metadata: {name: web}
        spec:
          replicas: 1
          template:
            roles:
            - name: prefill
              workerReplicas: 0
              entryTemplate: {spec: {containers: [{name: c, image: nginx}]}}
        """;

    public static TheoryData<string> Programs() => [.. Kubectl.Programs().DefaultIfEmpty("kubectl")];

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_DayOfAnOperator_Works(string program)
    {
        string ns = "ns" + Path.GetFileName(program).Replace(".", "-", StringComparison.Ordinal);
        await ExpectAsync(program, $"create namespace {ns}", "created");
        await ExpectAsync(program, $"-n {ns} apply -f -", "created", Serving);
        await ExpectAsync(program, $"-n {ns} apply -f -", "configured", Serving.Replace("replicas: 1", "replicas: 2", StringComparison.Ordinal));
        await ExpectAsync(program, $"-n {ns} scale modelserving web --replicas=3", "scaled");
        await ExpectAsync(program, $"-n {ns} get modelserving web -o jsonpath={{.spec.replicas}}", "3");
        await ExpectAsync(program, $"-n {ns} get modelservings", "REPLICAS   AVAILABLE   UPDATED   AGE");
        await ExpectAsync(program, $"-n {ns} patch modelserving web --type=merge -p {{\"spec\":{{\"replicas\":4}}}}", "patched");
        await ExpectAsync(program, $"-n {ns} wait modelserving/web --for=jsonpath={{.spec.replicas}}=4 --timeout=180s", "condition met");
        await ExpectAsync(program, "explain modelserving.spec.template.roles", "The roles of the group, one to four.");
        await ExpectAsync(program, $"-n {ns} create configmap c --from-literal=a=b", "created");
        await ExpectAsync(program, $"-n {ns} create secret generic s --from-literal=a=b", "created");
        await ExpectAsync(program, $"-n {ns} run p --image=nginx", "created");
        await ExpectAsync(program, $"-n {ns} get pods -o wide", "READINESS GATES");
        await ExpectAsync(program, $"-n {ns} describe pod p", "PodScheduled");
        await ExpectAsync(program, $"-n {ns} label pod p a=b", "labeled");
        await ExpectAsync(program, "auth can-i create pods", "yes");
        await ExpectAsync(program, $"-n {ns} delete modelserving web", "deleted");
        await ExpectAsync(program, $"delete namespace {ns} --timeout=180s", "deleted");
    }

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_SeesWhatAdmissionAddsAndDenies(string program)
    {
        string name = "p" + Path.GetFileName(program).Replace(".", "-", StringComparison.Ordinal);
        string policy = $$"""
            apiVersion: workload.serving.volcano.sh/v1alpha1
            kind: AutoscalingPolicy
            metadata: {name: {{name}}}
            spec:
              metrics: [{name: m, targetValue: 1}]
              homogeneousTarget:
                minReplicas: 1
                maxReplicas: 4
                target: {targetRef: {name: web} }
            """;
        await ExpectAsync(program, "apply -f -", "created", policy);
        await ExpectAsync(program, $"get autoscalingpolicy {name} -o jsonpath={{.spec.behavior.scaleDown.stabilizationWindow}}", "5m0s");
        await ExpectAsync(program, "apply -f -", "unchanged", policy);

        (int code, string output) = await Kubectl.RunAsync(program, fixture.KubeconfigPath, "apply -f -",
            policy.Replace("minReplicas: 1", "minReplicas: 9", StringComparison.Ordinal).Replace("targetValue: 1", "targetValue: 0", StringComparison.Ordinal));

        code.ShouldBe(1);
        output.ShouldContain("validation failed:\n  - spec.metrics[0].targetValue: Invalid value: 0: must be a finite number greater than zero\n  - spec.homogeneousTarget.minReplicas: Invalid value: 9");
    }

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_InvalidManifest_NamesEveryField(string program)
    {
        (int code, string output) = await Kubectl.RunAsync(program, fixture.KubeconfigPath, "apply -f -",
            Serving.Replace("replicas: 1", "replicas: many", StringComparison.Ordinal).Replace("name: prefill", "name: Pre_fill", StringComparison.Ordinal));

        code.ShouldBe(1);
        output.ShouldContain("spec.replicas: Invalid value");
        output.ShouldContain("spec.template.roles[0].name: Invalid value");

        (_, output) = await Kubectl.RunAsync(program, fixture.KubeconfigPath, "apply -f -", Serving.Replace("template:", "templates:", StringComparison.Ordinal));
        output.ShouldContain("unknown field \"spec.templates\"");
    }

    [KubectlTheory]
    [MemberData(nameof(Programs))]
    public async Task Kubectl_GetWatch_PrintsChangesAsRows(string program)
    {
        string name = "w" + Path.GetFileName(program).Replace(".", "-", StringComparison.Ordinal);
        using Process watching = Kubectl.Start(program, fixture.KubeconfigPath, $"get configmaps -w --field-selector=metadata.name={name}");

        // The watch begins with what is there, so it does not matter which of the two comes first.
        await ExpectAsync(program, $"create configmap {name} --from-literal=a=b", "created");
        string heading = (await watching.StandardOutput.ReadLineAsync())!;
        string row = (await watching.StandardOutput.ReadLineAsync())!;
        watching.Kill();
        await watching.WaitForExitAsync();

        heading.ShouldStartWith("NAME");
        row.ShouldStartWith(name);
    }

    private async Task ExpectAsync(string program, string arguments, string part, string? input = null)
    {
        (int code, string output) = await Kubectl.RunAsync(program, fixture.KubeconfigPath, arguments.Replace("\"", "\\\"", StringComparison.Ordinal), input);
        code.ShouldBe(0, $"kubectl {arguments}: {output}");
        output.ShouldContain(part, customMessage: $"kubectl {arguments}");
    }
}
