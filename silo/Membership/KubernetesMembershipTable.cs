using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>
/// Orleans' membership table on an API server. A version and the change of a silo become true together, by one write of the
/// record of the version; the silo's own record follows, by the writer or, if that died, by the next one. See
/// proposals/0003-membership-on-the-api-server.md.
/// </summary>
/// <param name="records">The records.</param>
/// <param name="logger">Where what others must finish is told.</param>
internal sealed partial class KubernetesMembershipTable(MembershipRecords records, ILogger<KubernetesMembershipTable> logger) : IMembershipTable
{
    private const int AttemptsMax = 10;

    /// <inheritdoc/>
    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        try
        {
            if (tryInitTableVersion)
                await records.CreateRootAsync();
            else
                await records.ReadAsync();
        }
        catch (KubernetesApiException missing) when (missing.IsNotFound)
        {
            throw new InvalidOperationException(
                $"The API server does not know {MembershipRecord.ResourceKind}, or not the namespace: install the definitions with 'kubectl apply --server-side -f helm/kthena/crds'.",
                missing);
        }
    }

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadRow(SiloAddress key) => (await records.ReadAsync()).ToData(key);

    /// <inheritdoc/>
    public async Task<MembershipTableData> ReadAll() => (await records.ReadAsync()).ToData();

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => WriteAsync(entry, etag: null, tableVersion);

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => WriteAsync(entry, etag, tableVersion);

    /// <inheritdoc/>
    public async Task UpdateIAmAlive(MembershipEntry entry)
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (await records.ReportAliveAsync(entry.SiloAddress, entry.IAmAliveTime))
                return;
            // A silo whose entry is decided but not settled has no record of its own yet.
            MembershipSnapshot table = await records.ReadAsync();
            if (table.EtagOf(entry.SiloAddress) is null)
                throw new InvalidOperationException($"The membership table of '{records.ClusterId}' has no silo {entry.SiloAddress}.");
            await SettleAsync(table);
        }
        throw Contended();
    }

    /// <inheritdoc/>
    public async Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
    {
        MembershipSnapshot table = await ReadSettledAsync();
        foreach (MembershipRecord record in table.SiloRecords.Where(record => IsDefunct(record.Silo!.Entry, beforeDate)))
        {
            // The last change must not bring back what is deleted here.
            bool isLastChange = record.Silo!.Entry.SiloAddress.Equals(table.Root?.Pending?.Entry.SiloAddress);
            if (!isLastChange || await records.ForgetChangeAsync(table.Root!))
                await records.DeleteAsync(record);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteMembershipTableEntries(string clusterId)
    {
        if (clusterId != records.ClusterId)
            throw new ArgumentException($"This table is that of '{records.ClusterId}', not of '{clusterId}'.", nameof(clusterId));
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            MembershipSnapshot table = await records.ReadAsync();
            if (table is { Root: null, SiloRecords.IsEmpty: true })
                return;
            foreach (MembershipRecord record in table.SiloRecords)
                await records.DeleteAsync(record);
            // Last, and only if no version came in between: what is left after a crash is still a table.
            if (table.Root is not null)
                await records.DeleteAsync(table.Root);
        }
        throw Contended();
    }

    private static bool IsDefunct(MembershipEntry entry, DateTimeOffset before) =>
        entry.Status != SiloStatus.Active && (entry.IAmAliveTime > entry.StartTime ? entry.IAmAliveTime : entry.StartTime) < before.UtcDateTime;

    private async Task<bool> WriteAsync(MembershipEntry entry, string? etag, TableVersion next)
    {
        MembershipSnapshot table = await ReadSettledAsync();
        if (table.Root is not { } root || table.Version.VersionEtag != next.VersionEtag || table.Version.Version >= next.Version)
            return false;
        // That this is still so when the write happens follows from the version: no silo changes without it.
        if (table.EtagOf(entry.SiloAddress) != etag)
            return false;
        MembershipRecord? before = table.RecordOf(entry.SiloAddress);
        SiloRow change = new SiloRow(entry).AliveSince(before?.Silo);
        if (!await records.CommitAsync(root, next.Version, change))
            return false;
        try
        {
            await records.SettleAsync(root, next.Version, before, change);
        }
        catch (KubernetesException fault)
        {
            // The change is decided, and every reader sees it; the next writer settles it.
            LogUnsettled(entry.SiloAddress, next.Version, fault);
        }
        return true;
    }

    /// <summary>Reads the table, and finishes what a writer left behind.</summary>
    private async Task<MembershipSnapshot> ReadSettledAsync()
    {
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            MembershipSnapshot table = await records.ReadAsync();
            if (table.Unsettled is null)
                return table;
            await SettleAsync(table);
        }
        throw Contended();
    }

    private async Task SettleAsync(MembershipSnapshot table)
    {
        if (table is { Root: { } root, Unsettled: { } change })
            await records.SettleAsync(root, root.Version, table.RecordOf(change.Entry.SiloAddress), change);
    }

    private TimeoutException Contended() =>
        new($"The membership table of '{records.ClusterId}' changed on each of {AttemptsMax} attempts; the next one may succeed.");

    [LoggerMessage(EventId = 5101, Level = LogLevel.Warning, Message = "The record of silo {Silo} does not have version {Version} yet; the next change of the table gives it")]
    private partial void LogUnsettled(SiloAddress silo, int version, Exception fault);
}
