using Xunit.Abstractions;

namespace EndToEnd.Kills;

/// <summary>Killed with SIGKILL at random moments, the platform ends where it would have ended undisturbed.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full";
    private const int Full = 200;
    private const int Few = 4;

    [Fact]
    public async Task WholePlatform_KilledAtRandomMoments_EndsAsUndisturbed()
    {
        using var victim = new UpVictim();
        await KillRun.RunAsync(victim, IsFull ? Full : Few, IsFull ? LifeStory.Whole : LifeStory.Short, output);
    }

    [RealApiServerFact]
    public async Task Real_ControlPlane_KilledAtRandomMoments_EndsAsUndisturbed()
    {
        using var victim = new ControllerManagerVictim(RealApiServerFactAttribute.Kubeconfig);
        await KillRun.RunAsync(victim, IsFull ? Full : 3 * LifeStory.Whole.Length, LifeStory.Whole, output);
    }
}
