using System.Text.Json;
using Kthena.Admission;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Tests.Admission;

public class ModelServingRulesTests
{
    private const string Role = """{"name":"prefill","replicas":2,"workerReplicas":0,"entryTemplate":{"spec":{"containers":[{"name":"c","image":"x"}]}}}""";
    private const string Rolling = "spec.rolloutStrategy.rollingUpdateConfiguration";

    public static TheoryData<string, string, string> Rules() => new()
    {
        { Serving(name: new string('m', 60)), "metadata.name", "invalid name:" },
        { Serving(roles: Role.Replace("prefill", "2fill", StringComparison.Ordinal)), "spec.template.roles[0].name", "role name must be a valid DNS-1035 label" },
        { Serving(roles: Role.Replace("\"x\"", "\" \"", StringComparison.Ordinal)), "spec.template.roles[0].entryTemplate.spec.containers[0].image", "image cannot contain spaces" },
        { Serving("\"replicas\":-1,"), "spec.replicas", "replicas must be a non-negative integer" },
        { Serving("\"replicas\":null,"), "spec.replicas", "replicas must be a non-negative integer" },
        { Serving(roles: ""), "spec.template.roles", "roles must be specified" },
        { Serving(roles: Role.Replace(":2", ":-2", StringComparison.Ordinal)), "spec.template.roles[0].replicas", "role replicas must be a non-negative integer" },
        { Serving(roles: Role.Replace(":0", ":1", StringComparison.Ordinal)), "spec.template.roles[0].workerTemplate", "workerTemplate is required" },
        { Serving(Rollout("RoleRollingUpdate", "\"maxUnavailable\":1")), Rolling, "only valid when rolloutStrategy.type is ServingGroupRollingUpdate" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"maxUnavailable\":0")), Rolling, "maxUnavailable cannot be 0" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"maxUnavailable\":\"0%\"")), Rolling, "maxUnavailable cannot be 0" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"maxUnavailable\":-1")), $"{Rolling}.maxUnavailable", "must be a non-negative integer" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"partition\":\"101%\"")), $"{Rolling}.partition", "must be a valid percent value (0-100)" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"partition\":\"ten\"")), $"{Rolling}.partition", "a valid percent string" },
        { Serving(roles: RoleWith("\"partition\":1")), "spec.template.roles[0].partition", "partition is only valid when rolloutStrategy.type is RoleRollingUpdate" },
        { Serving(Rollout("RoleRollingUpdate"), RoleWith("\"maxUnavailable\":3")), "spec.template.roles[0].maxUnavailable", "cannot be greater than replicas (2)" },
        { Serving(Rollout("RoleRollingUpdate"), RoleWith("\"maxUnavailable\":0")), "spec.template.roles[0].maxUnavailable", "maxUnavailable cannot be 0" },
        { Serving(gang: "\"decode\":1"), "spec.template.gangPolicy.minRoleReplicas[decode]", "role decode does not exist" },
        { Serving(gang: "\"prefill\":3"), "spec.template.gangPolicy.minRoleReplicas[prefill]", "minRoleReplicas (3) for role prefill cannot exceed replicas (2)" },
        { Serving(gang: "\"prefill\":-1"), "spec.template.gangPolicy.minRoleReplicas[prefill]", "must be non-negative" },
        { Serving(Rollout("ServingGroupRollingUpdate", "\"maxSurge\":-1")), $"{Rolling}.maxSurge", "must be a non-negative integer" },
        { Serving("\"rolloutStrategy\":{\"type\":\"ServingGroupRollingUpdate\",\"groupsMaxUnavailable\":1},"), "spec.rolloutStrategy.groupsMaxUnavailable", "only valid when rolloutStrategy.type is RoleRollingUpdate" },
        { Serving("\"rolloutStrategy\":{\"type\":\"RoleRollingUpdate\",\"groupsMaxUnavailable\":0},"), "spec.rolloutStrategy.groupsMaxUnavailable", "groupsMaxUnavailable cannot be 0" },
        { Serving("\"rolloutStrategy\":{\"type\":\"RoleRollingUpdate\",\"progressDeadlineSeconds\":0},"), "spec.rolloutStrategy.progressDeadlineSeconds", "must be greater than 0" },
        { Serving("\"revisionHistoryLimit\":-1,"), "spec.revisionHistoryLimit", "must be a non-negative integer" },
        { Serving("\"recoveryPolicy\":\"ServingGroupRecreate\"," + Rollout("RoleRollingUpdate")), "spec.rolloutStrategy.type", "incompatible recoveryPolicy and rolloutStrategy.type" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Check_BrokenRule_IsTheOnlyErrorAtItsField(string json, string field, string message)
    {
        AdmissionError error = AdmissionRules.Check(ResourceKinds.ModelServing, JsonElement.Parse(json)).ShouldHaveSingleItem();

        error.Field.ShouldBe(field);
        error.ToString().ShouldContain(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"rolloutStrategy\":{\"type\":\"ServingGroupRollingUpdate\",\"rollingUpdateConfiguration\":{\"maxUnavailable\":9,\"partition\":9}},")]
    [InlineData("\"replicas\":0,")]
    [InlineData("\"rolloutStrategy\":{\"type\":\"ServingGroupRollingUpdate\",\"paused\":true,\"rollingUpdateConfiguration\":{\"maxUnavailable\":0,\"maxSurge\":\"10%\"}},")]
    public void Check_LegalObject_HasNoErrors(string spec) =>
        AdmissionRules.Check(ResourceKinds.ModelServing, JsonElement.Parse(Serving(spec))).ShouldBeEmpty();

    [Fact]
    public void W21_PercentageThatASmallScaleRoundsToNothing_IsLegal() =>
        AdmissionRules.Check(ResourceKinds.ModelServing, JsonElement.Parse(Serving(Rollout("ServingGroupRollingUpdate", "\"maxUnavailable\":\"20%\""))))
            .ShouldBeEmpty();

    [Fact]
    public void W22_ScaleBelowALimitThatStands_IsLegal()
    {
        JsonElement before = JsonElement.Parse(Serving(Rollout("RoleRollingUpdate"), RoleWith("\"maxUnavailable\":2"), "\"prefill\":2"));
        string fewer = RoleWith("\"maxUnavailable\":2").Replace("\"replicas\":2", "\"replicas\":1", StringComparison.Ordinal);
        JsonElement scaled = JsonElement.Parse(Serving(Rollout("RoleRollingUpdate"), fewer, "\"prefill\":2"));

        AdmissionRules.CheckAll(ResourceKinds.ModelServing, scaled, before).ShouldBeEmpty();
        AdmissionRules.Check(ResourceKinds.ModelServing, scaled).Select(static error => error.Field).ShouldBe(
            ["spec.template.roles[0].maxUnavailable", "spec.template.gangPolicy.minRoleReplicas[prefill]"]);
    }

    [Fact]
    public void CheckDefinition_RolesOfOneName_AreInvalid() =>
        AdmissionRules.CheckDefinition(ResourceKinds.ModelServing, JsonElement.Parse(Serving(roles: $"{Role},{Role}")), null)
            .ShouldHaveSingleItem().Message.ShouldBe("roles name must be unique");

    [Fact]
    public void CheckDefinition_GangThatChangesOrGoes_IsInvalid()
    {
        JsonElement before = JsonElement.Parse(Serving(gang: "\"prefill\":1"));

        AdmissionRules.CheckDefinition(ResourceKinds.ModelServing, JsonElement.Parse(Serving(gang: "\"prefill\":2")), before)
            .ShouldHaveSingleItem().Message.ShouldBe("minRoleReplicas is immutable");
        AdmissionRules.CheckDefinition(ResourceKinds.ModelServing, JsonElement.Parse(Serving()), before)
            .ShouldHaveSingleItem().Message.ShouldBe("gangPolicy is required once set");
        AdmissionRules.CheckDefinition(ResourceKinds.ModelServing, before, before).ShouldBeEmpty();
    }

    [Fact]
    public void Denial_OfSeveralErrors_HasALineForEach()
    {
        var errors = AdmissionRules.Check(ResourceKinds.ModelServing, JsonElement.Parse(Serving("\"replicas\":-1,", roles: "")));

        AdmissionRules.Denial(errors).ShouldBe(
            "validation failed:\n  - spec.replicas: Invalid value: -1: replicas must be a non-negative integer\n  - spec.template.roles: Required value: roles must be specified");
    }

    private static string RoleWith(string member) => Role.Replace("\"replicas\":2", "\"replicas\":2," + member, StringComparison.Ordinal);

    private static string Rollout(string type, string? configuration = null) => configuration is null
        ? $$$"""  "rolloutStrategy":{"type":"{{{type}}}"},"""
        : "\"rolloutStrategy\":{\"type\":\"" + type + "\",\"rollingUpdateConfiguration\":{" + configuration + "}},";

    private static string Serving(string spec = "", string roles = Role, string? gang = null, string name = "m")
    {
        string replicas = spec.Contains("\"replicas\"", StringComparison.Ordinal) ? "" : "\"replicas\":1,";
        string policy = gang is null ? "" : "\"gangPolicy\":{\"minRoleReplicas\":{" + gang + "}},";
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + replicas + spec + "\"template\":{" + policy + "\"roles\":[" + roles + "]}}}";
    }
}
