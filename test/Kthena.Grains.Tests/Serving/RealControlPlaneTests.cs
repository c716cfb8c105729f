namespace Kthena.Grains.Tests.Serving;

/// <summary>The same on a real kube-apiserver with its controller manager.</summary>
[Collection(OneAtATime)]
public sealed class RealControlPlaneTests
{
    /// <summary>A control plane serves every namespace: where no silo is to run, no other test may run one on the same API server.</summary>
    public const string OneAtATime = "one control plane on the real API server";

    [RealApiServerFact]
    public Task Real_NewServing_Applied_BecomesAvailableAndSaysSo() => RunAsync(ControlPlaneScenarios.NewServingAppliedBecomesAvailableAndSaysSoAsync);

    [RealApiServerFact]
    public Task Real_ScaleSubresource_BothWays_IsFollowed() => RunAsync(ControlPlaneScenarios.ScaleSubresourceBothWaysIsFollowedAsync);

    [RealApiServerFact]
    public Task Real_FailedWorker_UnderRoleRecreate_RebuildsItsInstanceAlone() => RunAsync(ControlPlaneScenarios.FailedWorkerUnderRoleRecreateRebuildsItsInstanceAloneAsync);

    [RealApiServerFact]
    public Task Real_NewImage_Applied_RollsEveryGroup() => RunAsync(ControlPlaneScenarios.NewImageAppliedRollsEveryGroupAsync);

    [RealApiServerFact]
    public Task Real_PodDeleted_WhileNoSiloRuns_IsHealedByTheNext() => RunAsync(ControlPlaneScenarios.PodDeletedWhileNoSiloRunsIsHealedByTheNextAsync);

    [RealApiServerFact]
    public Task Real_ServingDeleted_WithItsPods_LeavesNothingBehind() => RunAsync(ControlPlaneScenarios.ServingDeletedWithItsPodsLeavesNothingBehindAsync);

    [RealApiServerFact]
    public Task Real_Roles_ChangingState_AreToldAsEvents() => RunAsync(ControlPlaneScenarios.RolesChangingStateAreToldAsEventsAsync);

    [RealApiServerFact]
    public Task Real_PodAndService_OfSomebodyElse_AreToldAndLeftAlone() => RunAsync(BadInputScenarios.PodAndServiceOfSomebodyElseAreToldAndLeftAloneAsync);

    [RealApiServerFact]
    public Task Real_Revision_OfSomebodyElse_IsToldAndNothingIsBuiltOnIt() => RunAsync(BadInputScenarios.RevisionOfSomebodyElseIsToldAndNothingIsBuiltOnItAsync);

    [RealApiServerFact]
    public Task Real_InvalidSpec_PastAdmission_IsToldAndTouchesNothing() => RunAsync(BadInputScenarios.InvalidSpecPastAdmissionIsToldAndTouchesNothingAsync);

    [RealApiServerFact]
    public Task Real_SilosThatSeeAGroupServeThatIsGone_TakeNoOther() => RunAsync(StaleCacheScenarios.SilosThatSeeAGroupServeThatIsGoneTakeNoOtherAsync);

    private static async Task RunAsync(Func<TestPlatform, Task> scenario)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(RealApiServerFactAttribute.Connect());
        await scenario(platform);
    }
}
