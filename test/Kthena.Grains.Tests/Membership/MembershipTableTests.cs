using Kthena.Silo.Membership;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Grains.Tests.Membership;

/// <summary>What Orleans expects of every membership table: one version, changed together with one silo or not at all.</summary>
public sealed class MembershipTableTests(MembershipCluster cluster) : IClassFixture<MembershipCluster>
{
    private readonly string _clusterId = MembershipCluster.NewClusterId();

    [Fact]
    public async Task Table_New_IsEmptyAtVersionZero()
    {
        MembershipTableData table = await (await TableAsync()).ReadAll();

        table.Members.ShouldBeEmpty();
        table.Version.Version.ShouldBe(0);
        table.Version.VersionEtag.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Initialize_OfATableThatIsThere_KeepsIt()
    {
        KubernetesMembershipTable table = await TableAsync();
        await InsertAsync(table, Silos.Entry());

        MembershipTableData again = await (await TableAsync()).ReadAll();

        again.Version.Version.ShouldBe(1);
        again.Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Insert_WithTheLastVersion_AddsTheSiloAndMovesTheVersion()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipTableData before = await table.ReadAll();
        MembershipEntry entry = Silos.Entry();
        entry.RoleName = "role";
        (entry.UpdateZone, entry.FaultZone) = (3, 4);

        (await table.InsertRow(entry, before.Version.Next())).ShouldBeTrue();

        MembershipTableData after = await table.ReadAll();
        after.Version.Version.ShouldBe(1);
        after.Version.VersionEtag.ShouldNotBe(before.Version.VersionEtag);
        (MembershipEntry read, string etag) = after.Members.ShouldHaveSingleItem();
        read.Whole().ShouldBe(entry.Whole());
        etag.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Insert_WithAnEarlierVersion_ChangesNothing()
    {
        KubernetesMembershipTable table = await TableAsync();
        TableVersion first = (await table.ReadAll()).Version.Next();
        (await table.InsertRow(Silos.Entry(), first)).ShouldBeTrue();

        (await table.InsertRow(Silos.Entry(), first)).ShouldBeFalse();

        MembershipTableData after = await table.ReadAll();
        after.Version.Version.ShouldBe(1);
        after.Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Insert_OfASiloThatIsThere_ChangesNothing()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry();
        MembershipTableData before = await InsertAsync(table, entry);

        (await table.InsertRow(entry, before.Version.Next())).ShouldBeFalse();

        (await table.ReadAll()).Version.ShouldBe(before.Version);
    }

    [Fact]
    public async Task ReadRow_TellsOfOneSiloWithTheTablesVersion()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry();
        await InsertAsync(table, entry);
        MembershipTableData all = await InsertAsync(table, Silos.Entry());

        MembershipTableData row = await table.ReadRow(entry.SiloAddress);
        MembershipTableData none = await table.ReadRow(Silos.Address());

        row.Members.ShouldHaveSingleItem().Item1.Whole().ShouldBe(entry.Whole());
        row.Version.ShouldBe(all.Version);
        none.Members.ShouldBeEmpty();
        none.Version.ShouldBe(all.Version);
    }

    [Fact]
    public async Task Update_WithBothEtags_ReplacesTheWholeSilo()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry();
        entry.SuspectTimes = [Tuple.Create(Silos.Address(), Silos.Now()), Tuple.Create(Silos.Address(), Silos.Now())];
        MembershipTableData before = await InsertAsync(table, entry);
        string etag = before.TryGet(entry.SiloAddress)!.Item2;
        entry.Status = SiloStatus.Active;
        entry.SuspectTimes = null;

        (await table.UpdateRow(entry, etag, before.Version.Next())).ShouldBeTrue();

        MembershipTableData after = await table.ReadAll();
        after.Version.Version.ShouldBe(2);
        (MembershipEntry read, string changed) = after.Members.ShouldHaveSingleItem();
        read.Whole().ShouldBe(entry.Whole());
        changed.ShouldNotBe(etag);
    }

    [Theory, InlineData("version"), InlineData("silo"), InlineData("both")]
    public async Task Update_WithAnEarlierEtag_ChangesNothing(string stale)
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry();
        MembershipTableData first = await InsertAsync(table, entry);
        string firstEtag = first.TryGet(entry.SiloAddress)!.Item2;
        (await table.UpdateRow(entry, firstEtag, first.Version.Next())).ShouldBeTrue();
        MembershipTableData now = await table.ReadAll();
        entry.Status = SiloStatus.Dead;

        bool updated = await table.UpdateRow(
            entry,
            stale == "version" ? now.TryGet(entry.SiloAddress)!.Item2 : firstEtag,
            (stale == "silo" ? now : first).Version.Next());

        updated.ShouldBeFalse();
        MembershipTableData after = await table.ReadAll();
        after.Version.ShouldBe(now.Version);
        after.Members.ShouldHaveSingleItem().Item1.Status.ShouldBe(SiloStatus.Joining);
    }

    [Fact]
    public async Task Update_OfASiloThatIsNotThere_ChangesNothing()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipTableData before = await InsertAsync(table, Silos.Entry());

        (await table.UpdateRow(Silos.Entry(), "1", before.Version.Next())).ShouldBeFalse();

        (await table.ReadAll()).Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Writers_AtOnce_AreOneAfterTheOther()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry();
        TableVersion first = (await table.ReadAll()).Version.Next();
        bool[] inserted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => table.InsertRow(entry, first)));
        inserted.Count(static done => done).ShouldBe(1);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            MembershipTableData data;
            do
            {
                data = await table.ReadAll();
            }
            while (!await table.UpdateRow(entry, data.TryGet(entry.SiloAddress)!.Item2, data.Version.Next()));
        })).WaitAsync(TimeSpan.FromMinutes(2));

        MembershipTableData after = await table.ReadAll();
        after.Version.Version.ShouldBe(9);
        after.Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Alive_ChangesNeitherVersionNorEtag()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry entry = Silos.Entry(SiloStatus.Active);
        MembershipTableData before = await InsertAsync(table, entry);
        DateTime later = Silos.Now().AddSeconds(5);

        await table.UpdateIAmAlive(new MembershipEntry { SiloAddress = entry.SiloAddress, IAmAliveTime = later });

        MembershipTableData after = await table.ReadAll();
        after.Version.ShouldBe(before.Version);
        (MembershipEntry read, string etag) = after.Members.ShouldHaveSingleItem();
        etag.ShouldBe(before.Members[0].Item2);
        entry.IAmAliveTime = later;
        read.Whole().ShouldBe(entry.Whole());
    }

    [Fact]
    public async Task Alive_OfASiloThatIsNotThere_SaysSo()
    {
        KubernetesMembershipTable table = await TableAsync();

        InvalidOperationException fault = await Should.ThrowAsync<InvalidOperationException>(() => table.UpdateIAmAlive(Silos.Entry()));

        fault.Message.ShouldContain(_clusterId);
    }

    [Fact]
    public async Task Cleanup_DeletesOldSilosThatAreNotActive()
    {
        KubernetesMembershipTable table = await TableAsync();
        foreach (SiloStatus status in Enum.GetValues<SiloStatus>())
            await InsertAsync(table, Silos.Entry(status, age: TimeSpan.FromDays(10)));
        MembershipTableData before = await InsertAsync(table, Silos.Entry(SiloStatus.Dead));

        await table.CleanupDefunctSiloEntries(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(7));

        MembershipTableData after = await table.ReadAll();
        after.Members.Select(static member => member.Item1.Status).ShouldBe([SiloStatus.Active, SiloStatus.Dead], ignoreOrder: true);
        after.Version.Version.ShouldBe(before.Version.Version);
    }

    [Fact]
    public async Task Cleanup_OfTheSiloThatChangedLast_DoesNotBringItBack()
    {
        KubernetesMembershipTable table = await TableAsync();
        await InsertAsync(table, Silos.Entry(SiloStatus.Dead, age: TimeSpan.FromDays(10)));

        await table.CleanupDefunctSiloEntries(TimeProvider.System.GetUtcNow());

        (await table.ReadAll()).Members.ShouldBeEmpty();
        await InsertAsync(table, Silos.Entry());
        (await table.ReadAll()).Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Delete_LeavesNothing()
    {
        KubernetesMembershipTable table = await TableAsync();
        await InsertAsync(table, Silos.Entry());

        await table.DeleteMembershipTableEntries(_clusterId);

        MembershipSnapshot left = await cluster.Records(_clusterId).ReadAsync();
        left.Root.ShouldBeNull();
        left.SiloRecords.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clusters_InOneNamespace_DoNotSeeEachOther()
    {
        KubernetesMembershipTable one = await TableAsync();
        KubernetesMembershipTable other = await cluster.TableAsync(MembershipCluster.NewClusterId());

        await InsertAsync(one, Silos.Entry());

        (await other.ReadAll()).Members.ShouldBeEmpty();
    }

    [Fact]
    public async Task Gateways_AreTheActiveSilosThatTakeClients()
    {
        KubernetesMembershipTable table = await TableAsync();
        MembershipEntry taking = Silos.Entry(SiloStatus.Active, proxyPort: 30001);
        foreach (MembershipEntry entry in (MembershipEntry[])[Silos.Entry(), taking, Silos.Entry(SiloStatus.Active, proxyPort: 0), Silos.Entry(SiloStatus.Dead)])
            await InsertAsync(table, entry);

        IList<Uri> gateways = await new KubernetesGatewayListProvider(cluster.Records(_clusterId), TimeSpan.FromMinutes(1), TimeProvider.System).GetGateways();

        gateways.ShouldHaveSingleItem().ToString().ShouldContain(":30001/");
    }

    [Theory, InlineData(""), InlineData("Kthena"), InlineData("-k"), InlineData("a.b"), InlineData("a_b")]
    public void ClusterId_ThatCannotNameObjects_IsRefused(string clusterId) =>
        Should.Throw<ArgumentException>(() => cluster.Records(clusterId)).Message.ShouldContain($"'{clusterId}'");

    private Task<KubernetesMembershipTable> TableAsync() => cluster.TableAsync(_clusterId);

    private static async Task<MembershipTableData> InsertAsync(KubernetesMembershipTable table, MembershipEntry entry)
    {
        (await table.InsertRow(entry, (await table.ReadAll()).Version.Next())).ShouldBeTrue();
        return await table.ReadAll();
    }
}
