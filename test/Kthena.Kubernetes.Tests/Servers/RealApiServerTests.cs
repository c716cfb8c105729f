namespace Kthena.Kubernetes.Tests.Servers;

/// <summary>The client's scenarios against a real kube-apiserver.</summary>
public sealed class RealApiServerTests
{
    [RealApiServerFact]
    public Task Real_Preconditions_AreConflicts() => RunAsync(static scenarios => scenarios.PreconditionsAreConflictsAsync());

    [RealApiServerFact]
    public Task Real_Errors_AreTyped() => RunAsync(static scenarios => scenarios.ErrorsAreTypedAsync());

    [RealApiServerFact]
    public Task Real_Status_IsItsOwnSubresource() => RunAsync(static scenarios => scenarios.StatusIsItsOwnSubresourceAsync());

    [RealApiServerFact]
    public Task Real_Informer_Follows() => RunAsync(static scenarios => scenarios.InformerFollowsAsync());

    [RealApiServerFact]
    public Task Real_Events_AreCounted() => RunAsync(static scenarios => scenarios.EventsAreCountedAsync());

    [RealApiServerFact]
    public Task Real_WatchOfAnOldVersion_IsGoneOrServed() => RunAsync(static scenarios => scenarios.WatchOfAnOldVersionIsGoneOrServedAsync());

    private static async Task RunAsync(Func<ClientScenarios, Task> scenario)
    {
        await using ClientScenarios scenarios = await ClientScenarios.StartAsync(RealApiServerFactAttribute.Connect());
        await scenario(scenarios);
    }
}
