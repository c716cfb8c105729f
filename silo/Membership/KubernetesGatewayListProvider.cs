using Orleans;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>Tells clients of a cluster which silos take them, from the silos' own membership table.</summary>
/// <param name="records">The records.</param>
/// <param name="maxStaleness">How often to look again.</param>
/// <param name="time">The clock.</param>
internal sealed class KubernetesGatewayListProvider(MembershipRecords records, TimeSpan maxStaleness, TimeProvider time)
    : IGatewayListProvider, IDisposable
{
    // A client that has no silo left asks at each of its calls, thousands of times a second.
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private IList<Uri> _gateways = [];
    private long? _readAt;

    /// <inheritdoc/>
    public TimeSpan MaxStaleness => maxStaleness;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGateways()
    {
        await _oneAtATime.WaitAsync();
        try
        {
            if (_readAt is { } at && time.GetElapsedTime(at) < maxStaleness / 2)
                return _gateways;
            _gateways = [.. await ReadAsync()];
            _readAt = time.GetTimestamp();
            return _gateways;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<IEnumerable<Uri>> ReadAsync() =>
        (await records.ReadAsync()).Silos
            .Select(static silo => silo.Row.Entry)
            .Where(static entry => entry.Status == SiloStatus.Active && entry.ProxyPort != 0)
            .Select(static entry => SiloAddress.New(entry.SiloAddress.Endpoint.Address, entry.ProxyPort, entry.SiloAddress.Generation).ToGatewayUri());
}
