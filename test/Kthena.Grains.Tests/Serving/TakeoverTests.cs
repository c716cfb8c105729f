namespace Kthena.Grains.Tests.Serving;

/// <summary>Takeover through the whole of it: embedded API server, informers, bridge, grains and planners.</summary>
[Collection(RealControlPlaneTests.OneAtATime)]
public sealed class TakeoverTests
{
    [Fact]
    public Task FleetOfUpstream_WithItsRevision_IsAdoptedUntouched() => RunAsync(TakeoverScenarios.FleetOfUpstreamWithItsRevisionIsAdoptedUntouchedAsync);

    [Fact]
    public Task FleetOfUpstream_WithoutItsRevision_IsAdoptedByItsStatus() => RunAsync(TakeoverScenarios.FleetOfUpstreamWithoutItsRevisionIsAdoptedByItsStatusAsync);

    [RealApiServerFact]
    public async Task Real_FleetOfUpstream_WithItsRevision_IsAdoptedUntouched()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(RealApiServerFactAttribute.Connect());
        await TakeoverScenarios.FleetOfUpstreamWithItsRevisionIsAdoptedUntouchedAsync(platform);
    }

    private static async Task RunAsync(Func<TestPlatform, Task> scenario)
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await scenario(platform);
    }
}
