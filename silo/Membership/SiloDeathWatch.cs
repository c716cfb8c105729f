using Kthena.Contracts.Serving;
using Kthena.Grains.Bridge;
using Kthena.Model.Resources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>
/// Lets the bridges tell everything again when a silo died: what was on its way to grains there is lost, and grains that lived
/// there come back only when somebody calls them. Every silo says so; a bridge listens to the first.
/// </summary>
/// <param name="membership">The cluster.</param>
/// <param name="grains">Reaches the bridges.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where deaths are told.</param>
internal sealed partial class SiloDeathWatch(
    IClusterMembershipService membership, IGrainFactory grains, TimeProvider time, ILogger<SiloDeathWatch> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            ClusterMembershipSnapshot before = membership.CurrentSnapshot;
            await foreach (ClusterMembershipSnapshot now in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                SiloAddress[] died = [.. now.Members.Values
                    .Where(member => member.Status == SiloStatus.Dead && before.GetSiloStatus(member.SiloAddress) is not (SiloStatus.Dead or SiloStatus.None))
                    .Select(static member => member.SiloAddress)];
                before = now;
                if (died.Length == 0)
                    continue;
                LogDied(died.Length, died[0]);
                await Task.WhenAll(ChangeRoutes.Kinds.Select(kind => RetellAsync(kind, now.Version, stoppingToken)));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The other silos go on.
        }
    }

    private async Task RetellAsync(ResourceKind kind, MembershipVersion version, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await grains.GetGrain<IKubernetesBridgeGrain>(kind.Kind).RetellAsync(version.Value);
                return;
            }
            catch (Exception fault) when (!stopping.IsCancellationRequested)
            {
                LogNotTold(kind.Kind, fault);
                await Task.Delay(RetryDelay, time, stopping);
            }
        }
    }

    [LoggerMessage(EventId = 5110, Level = LogLevel.Information, Message = "{Silos} silos left the cluster, such as {Silo}; everything is told again")]
    private partial void LogDied(int silos, SiloAddress silo);

    [LoggerMessage(EventId = 5111, Level = LogLevel.Debug, Message = "The bridge of {Kind} does not answer yet")]
    private partial void LogNotTold(string kind, Exception fault);
}
