using System.Collections.Immutable;
using System.Globalization;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>
/// The whole table at one instant. A silo that the last version changed may not have its own record yet; here it has, so a
/// reader never sees a version without its change.
/// </summary>
internal sealed class MembershipSnapshot
{
    private readonly Dictionary<SiloAddress, MembershipRecord> _records = [];

    /// <summary>Puts the records together.</summary>
    /// <param name="records">All records of one cluster, as one list of the API server gave them.</param>
    public MembershipSnapshot(IEnumerable<MembershipRecord> records)
    {
        foreach (MembershipRecord record in records)
        {
            if (record.Silo is { } silo)
                _records[silo.Entry.SiloAddress] = record;
            else
                Root = record;
        }
        if (Root?.Pending is { } pending && RecordOf(pending.Entry.SiloAddress)?.Version != Root.Version)
            Unsettled = pending.AliveSince(RecordOf(pending.Entry.SiloAddress)?.Silo);
    }

    /// <summary>The record of the version; null when there is no table.</summary>
    public MembershipRecord? Root { get; }

    /// <summary>The change of the last version that its silo's own record does not have yet; null when it has.</summary>
    public SiloRow? Unsettled { get; }

    /// <summary>The table's version. Its etag is the resource version of the record that carries it.</summary>
    public TableVersion Version => Root is null ? new TableVersion(0, "0") : new TableVersion(Root.Version, Root.Metadata.ResourceVersion);

    /// <summary>Every silo with its etag, which is the version that wrote it: reports of life leave it as it is.</summary>
    public IEnumerable<(SiloRow Row, string Etag)> Silos
    {
        get
        {
            // Without a version, records are what is left of a table that is being deleted.
            if (Root is null)
                yield break;
            if (Unsettled is not null)
                yield return (Unsettled, Etag(Root));
            foreach (MembershipRecord record in _records.Values)
            {
                if (!record.Silo!.Entry.SiloAddress.Equals(Unsettled?.Entry.SiloAddress))
                    yield return (record.Silo, Etag(record));
            }
        }
    }

    /// <summary>The etag of a silo; null when the table does not have it.</summary>
    public string? EtagOf(SiloAddress address) =>
        Silos.Where(silo => silo.Row.Entry.SiloAddress.Equals(address)).Select(static silo => silo.Etag).FirstOrDefault();

    /// <summary>A silo's own record; null when it has none.</summary>
    public MembershipRecord? RecordOf(SiloAddress address) => _records.GetValueOrDefault(address);

    /// <summary>All records but the one of the version.</summary>
    public ImmutableArray<MembershipRecord> SiloRecords => [.. _records.Values];

    /// <summary>The table as Orleans has it.</summary>
    /// <param name="only">The one silo to tell of; null tells of all.</param>
    public MembershipTableData ToData(SiloAddress? only = null) => new(
        [.. Silos.Where(silo => only is null || silo.Row.Entry.SiloAddress.Equals(only)).Select(static silo => Tuple.Create(silo.Row.Entry, silo.Etag))],
        Version);

    private static string Etag(MembershipRecord record) => record.Version.ToString(CultureInfo.InvariantCulture);
}
