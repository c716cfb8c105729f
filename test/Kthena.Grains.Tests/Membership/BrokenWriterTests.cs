using Kthena.Kubernetes.Core;
using Kthena.Silo.Membership;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Grains.Tests.Membership;

/// <summary>A writer that dies between the write that decides and the one that settles, and those that find its table.</summary>
public sealed class BrokenWriterTests(MembershipCluster cluster) : IClassFixture<MembershipCluster>
{
    private readonly string _clusterId = MembershipCluster.NewClusterId();

    [Fact]
    public async Task Insert_DecidedOnly_IsSeenByEveryReader()
    {
        (KubernetesMembershipTable table, MembershipEntry entry) = await DecidedInsertAsync();

        MembershipTableData data = await table.ReadAll();

        data.Version.Version.ShouldBe(1);
        data.Members.ShouldHaveSingleItem().Item1.Whole().ShouldBe(entry.Whole());
    }

    [Fact]
    public async Task Insert_DecidedOnly_IsSettledByTheNextWriter()
    {
        (KubernetesMembershipTable table, MembershipEntry entry) = await DecidedInsertAsync();
        MembershipTableData data = await table.ReadAll();

        (await table.InsertRow(Silos.Entry(), data.Version.Next())).ShouldBeTrue();

        MembershipTableData after = await table.ReadAll();
        after.Members.Count.ShouldBe(2);
        after.TryGet(entry.SiloAddress)!.Item1.Whole().ShouldBe(entry.Whole());
    }

    [Fact]
    public async Task Etag_OfADecidedSilo_IsTheSameWhenSettled()
    {
        (KubernetesMembershipTable table, MembershipEntry entry) = await DecidedInsertAsync();
        MembershipTableData decided = await table.ReadAll();
        await table.CleanupDefunctSiloEntries(DateTimeOffset.MinValue);
        (await cluster.Records(_clusterId).ReadAsync()).Unsettled.ShouldBeNull();

        (await table.UpdateRow(entry, decided.TryGet(entry.SiloAddress)!.Item2, decided.Version.Next())).ShouldBeTrue();
    }

    [Fact]
    public async Task Alive_OfADecidedSilo_IsKept()
    {
        (KubernetesMembershipTable table, MembershipEntry entry) = await DecidedInsertAsync();
        DateTime later = entry.IAmAliveTime.AddMinutes(1);

        await table.UpdateIAmAlive(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = later });

        (await table.ReadAll()).Members.ShouldHaveSingleItem().Item1.IAmAliveTime.ShouldBe(later);
    }

    [Fact]
    public async Task Update_DecidedOnly_KeepsALaterSignOfLife()
    {
        KubernetesMembershipTable table = await cluster.TableAsync(_clusterId);
        MembershipEntry entry = Silos.Entry();
        (await table.InsertRow(entry, (await table.ReadAll()).Version.Next())).ShouldBeTrue();
        MembershipTableData before = await table.ReadAll();
        KubernetesMembershipTable dying = await cluster.TableAsync(_clusterId, new DyingTransport(cluster.Transport));
        entry.Status = SiloStatus.Active;
        (await dying.UpdateRow(entry, before.Members[0].Item2, before.Version.Next())).ShouldBeTrue();
        DateTime later = entry.IAmAliveTime.AddMinutes(1);

        await table.UpdateIAmAlive(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = later });
        MembershipTableData decided = await table.ReadAll();
        await table.CleanupDefunctSiloEntries(DateTimeOffset.MinValue);
        MembershipTableData settled = await table.ReadAll();

        foreach (MembershipEntry read in (MembershipEntry[])[decided.Members[0].Item1, settled.Members[0].Item1])
        {
            read.Status.ShouldBe(SiloStatus.Active);
            read.IAmAliveTime.ShouldBe(later);
        }
    }

    [Fact]
    public async Task Record_ThatCannotBeRead_IsNamed()
    {
        KubernetesMembershipTable table = await cluster.TableAsync(_clusterId);
        MembershipEntry entry = Silos.Entry();
        (await table.InsertRow(entry, (await table.ReadAll()).Version.Next())).ShouldBeTrue();
        MembershipRecord record = (await cluster.Records(_clusterId).ReadAsync()).SiloRecords.Single();
        var nonsense = new System.Text.Json.Nodes.JsonObject
        {
            ["spec"] = new System.Text.Json.Nodes.JsonObject { ["silo"] = new System.Text.Json.Nodes.JsonObject { ["address"] = "nowhere" } },
        };
        await cluster.Client.PatchAsync(MembershipRecord.ResourceKind, record.Metadata.Key, KubernetesPatch.Merge(nonsense), CancellationToken.None);

        FormatException fault = await Should.ThrowAsync<FormatException>(table.ReadAll);

        fault.Message.ShouldContain(record.Metadata.Name);
    }

    private async Task<(KubernetesMembershipTable Table, MembershipEntry Entry)> DecidedInsertAsync()
    {
        KubernetesMembershipTable table = await cluster.TableAsync(_clusterId);
        KubernetesMembershipTable dying = await cluster.TableAsync(_clusterId, new DyingTransport(cluster.Transport));
        MembershipEntry entry = Silos.Entry();
        (await dying.InsertRow(entry, (await dying.ReadAll()).Version.Next())).ShouldBeTrue();
        (await cluster.Records(_clusterId).ReadAsync()).Unsettled.ShouldNotBeNull();
        return (table, entry);
    }

    /// <summary>Reaches nothing any more after the first write that decides.</summary>
    private sealed class DyingTransport(IKubernetesTransport inner) : IKubernetesTransport
    {
        private bool _isDead;

        public Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
        {
            if (_isDead)
                throw new KubernetesUnreachableException("The process is gone.");
            _isDead = request.Method == "PATCH";
            return inner.SendAsync(request, cancellationToken);
        }

        public IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
            inner.WatchAsync(request, cancellationToken);
    }
}
