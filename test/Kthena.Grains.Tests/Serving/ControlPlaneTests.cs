namespace Kthena.Grains.Tests.Serving;

/// <summary>Wiring: embedded API server, informers, bridge, grains, planners and writes together.</summary>
public sealed class ControlPlaneTests
{
    [Fact]
    public Task NewServing_Applied_BecomesAvailableAndSaysSo() => RunAsync(ControlPlaneScenarios.NewServingAppliedBecomesAvailableAndSaysSoAsync);

    [Fact]
    public Task ScaleSubresource_BothWays_IsFollowed() => RunAsync(ControlPlaneScenarios.ScaleSubresourceBothWaysIsFollowedAsync);

    [Fact]
    public Task FailedWorker_UnderRoleRecreate_RebuildsItsInstanceAlone() => RunAsync(ControlPlaneScenarios.FailedWorkerUnderRoleRecreateRebuildsItsInstanceAloneAsync);

    [Fact]
    public Task NewImage_Applied_RollsEveryGroup() => RunAsync(ControlPlaneScenarios.NewImageAppliedRollsEveryGroupAsync);

    [Fact]
    public Task PodDeleted_WhileNoSiloRuns_IsHealedByTheNext() => RunAsync(ControlPlaneScenarios.PodDeletedWhileNoSiloRunsIsHealedByTheNextAsync);

    [Fact]
    public Task ServingDeleted_WithItsPods_LeavesNothingBehind() => RunAsync(ControlPlaneScenarios.ServingDeletedWithItsPodsLeavesNothingBehindAsync);

    [Fact]
    public Task Roles_ChangingState_AreToldAsEvents() => RunAsync(ControlPlaneScenarios.RolesChangingStateAreToldAsEventsAsync);

    [Fact]
    public Task PodAndService_OfSomebodyElse_AreToldAndLeftAlone() => RunAsync(BadInputScenarios.PodAndServiceOfSomebodyElseAreToldAndLeftAloneAsync);

    [Fact]
    public Task Revision_OfSomebodyElse_IsToldAndNothingIsBuiltOnIt() => RunAsync(BadInputScenarios.RevisionOfSomebodyElseIsToldAndNothingIsBuiltOnItAsync);

    [Fact]
    public Task SilosThatSeeAGroupServeThatIsGone_TakeNoOther() => RunAsync(StaleCacheScenarios.SilosThatSeeAGroupServeThatIsGoneTakeNoOtherAsync);

    private static async Task RunAsync(Func<TestPlatform, Task> scenario)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await scenario(platform);
    }
}
