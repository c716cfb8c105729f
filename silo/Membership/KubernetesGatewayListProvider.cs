using Orleans;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>Tells clients of a cluster which silos take them, from the silos' own membership table.</summary>
/// <param name="records">The records.</param>
/// <param name="maxStaleness">How often to look again.</param>
internal sealed class KubernetesGatewayListProvider(MembershipRecords records, TimeSpan maxStaleness) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness => maxStaleness;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways() =>
        [.. (await records.ReadAsync()).Silos
            .Select(static silo => silo.Row.Entry)
            .Where(static entry => entry.Status == SiloStatus.Active && entry.ProxyPort != 0)
            .Select(static entry => SiloAddress.New(entry.SiloAddress.Endpoint.Address, entry.ProxyPort, entry.SiloAddress.Generation).ToGatewayUri())];
}
