using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Silo.Admission;
using Kthena.Silo.Admission.Certificates;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Silo.Tests.Admission;

public class CertificateTests
{
    private static readonly TimeSpan NearlyDue = TimeSpan.FromDays(274);
    private static readonly TimeSpan Due = TimeSpan.FromDays(276);

    [Fact]
    public async Task Secret_ThatIsMissing_IsMadeWithTheServicesNames()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();

        await Keeper(cluster).CheckAsync(default);

        JsonNode secret = await cluster.GetAsync(MemoryCluster.Secret);
        secret["type"]!.GetValue<string>().ShouldBe("kubernetes.io/tls");
        secret["data"]!.AsObject().Select(static pair => pair.Key).ShouldBe(["tls.crt", "tls.key", "ca.crt"], ignoreOrder: true);
        ServingPair pair = await PairAsync(cluster);
        pair.Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames()
            .ShouldBe(["hook.system.svc", "hook.system.svc.cluster.local"]);
        pair.Flaw(cluster.Options.CertificateNames, cluster.Time.GetUtcNow(), cluster.Options.RenewBefore).ShouldBeNull();
    }

    [Fact]
    public async Task Configurations_GetTheAuthorityInEveryEntry_OnceAndAgainWhenItIsLost()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper keeper = Keeper(cluster);

        await keeper.CheckAsync(default);

        string authority = await cluster.SecretTextAsync("ca.crt");
        (await cluster.BundlesAsync()).ShouldBe([authority, authority, authority]);
        cluster.Writes.ShouldBe([$"POST {MemoryCluster.Secrets}", $"PATCH {MemoryCluster.Validating}/checks", $"PATCH {MemoryCluster.Mutating}/changes"]);

        cluster.Writes.Clear();
        await keeper.CheckAsync(default);
        cluster.Writes.ShouldBeEmpty();

        await cluster.MergeAsync($"{MemoryCluster.Mutating}/changes", """{"webhooks":[{"name":"h0","clientConfig":{}}]}""");
        await keeper.CheckAsync(default);
        (await cluster.BundlesAsync()).ShouldBe([authority, authority, authority]);
    }

    [Fact]
    public async Task Configuration_ThatIsMissing_KeepsNobodyFromServing()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper keeper = Keeper(cluster, options => options with { ValidatingConfigurations = ["absent"], MutatingConfigurations = [] });

        await keeper.CheckAsync(default);

        keeper.Context.ShouldNotBeNull();
    }

    [Fact]
    public async Task Configuration_WrittenBySomebodyElseMeanwhile_IsReadAgain()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        bool isFirst = true;
        cluster.Before = async request =>
        {
            if (request.Method == "PATCH" && request.Path.EndsWith("/checks", StringComparison.Ordinal) && isFirst)
            {
                isFirst = false;
                await cluster.MergeAsync($"{MemoryCluster.Validating}/checks", """{"webhooks":[{"name":"new","clientConfig":{}}]}""");
            }
            return null;
        };

        await Keeper(cluster).CheckAsync(default);

        string authority = await cluster.SecretTextAsync("ca.crt");
        (await cluster.BundlesAsync()).ShouldBe([authority, authority]);
    }

    [Fact]
    public async Task Certificate_OfAnEarlierStart_IsUsedAgain()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        await Keeper(cluster).CheckAsync(default);
        ServingPair first = await PairAsync(cluster);
        cluster.Time.Advance(NearlyDue);
        cluster.Writes.Clear();

        CertificateKeeper second = Keeper(cluster);
        await second.CheckAsync(default);

        cluster.Writes.ShouldBeEmpty();
        Serves(second, first);
    }

    [Fact]
    public async Task Secret_CreatedBySomebodyElseMeanwhile_IsTakenAsItIs()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        ServingPair theirs = PairIssuer.Issue(cluster.Options.CertificateNames, cluster.Time.GetUtcNow(), cluster.Options.CertificateLifetime);
        bool isFirst = true;
        cluster.Before = async request =>
        {
            if (request.Method == "POST" && isFirst)
            {
                isFirst = false;
                await cluster.PostAsync(MemoryCluster.Secrets, SecretOf(theirs));
            }
            return null;
        };
        CertificateKeeper keeper = Keeper(cluster);

        await keeper.CheckAsync(default);

        Serves(keeper, theirs);
    }

    [Fact]
    public async Task Secret_WantedByManyAtOnce_IsOneForAll()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper[] keepers = [.. Enumerable.Range(0, 8).Select(_ => Keeper(cluster))];

        await Task.WhenAll(keepers.Select(static keeper => Task.Run(() => keeper.CheckAsync(default))));

        cluster.Writes.Count(static write => write.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
        ServingPair pair = await PairAsync(cluster);
        foreach (CertificateKeeper keeper in keepers)
            Serves(keeper, pair);
    }

    [Fact]
    public async Task Certificate_NearItsEnd_IsServedAnewOnlyOnceTheConfigurationsTrustIt()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper mine = Keeper(cluster);
        CertificateKeeper other = Keeper(cluster);
        await mine.CheckAsync(default);
        await other.CheckAsync(default);
        ServingPair first = await PairAsync(cluster);
        cluster.Time.Advance(Due);

        await mine.CheckAsync(default);

        ServingPair second = await PairAsync(cluster);
        second.Certificate.Thumbprint.ShouldNotBe(first.Certificate.Thumbprint);
        second.AuthorityPem.ShouldEndWith(first.AuthorityPem);
        (await cluster.BundlesAsync()).ShouldAllBe(bundle => bundle == second.AuthorityPem);
        Serves(mine, first);
        await mine.CheckAsync(default);
        await other.CheckAsync(default);
        Serves(mine, second);
        Serves(other, second);
    }

    [Fact]
    public async Task Certificate_NearItsEnd_IsRenewedOnceForAll()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper[] keepers = [.. Enumerable.Range(0, 8).Select(_ => Keeper(cluster))];
        foreach (CertificateKeeper keeper in keepers)
            await keeper.CheckAsync(default);
        cluster.Time.Advance(Due);
        cluster.Writes.Clear();

        for (int round = 0; round < 3; round++)
            await Task.WhenAll(keepers.Select(static keeper => Task.Run(() => keeper.CheckAsync(default))));

        cluster.Writes.Count(static write => write == $"PATCH {MemoryCluster.Secret}").ShouldBe(1);
        ServingPair pair = await PairAsync(cluster);
        (await cluster.BundlesAsync()).ShouldAllBe(bundle => bundle == pair.AuthorityPem);
        foreach (CertificateKeeper keeper in keepers)
            Serves(keeper, pair);
    }

    [Fact]
    public async Task Certificate_NearItsEnd_StaysWhileTheConfigurationsCannotBeWritten_AndGoesWhenItIsOver()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper keeper = Keeper(cluster);
        await keeper.CheckAsync(default);
        ServingPair first = await PairAsync(cluster);
        cluster.Before = static request => Task.FromResult(
            request.Method == "PATCH" && request.Path.Contains("webhookconfigurations", StringComparison.Ordinal) ? MemoryCluster.Refuse(403, "Forbidden") : null);

        cluster.Time.Advance(Due);
        await keeper.CheckAsync(default);
        await keeper.CheckAsync(default);
        Serves(keeper, first);

        cluster.Time.Advance(TimeSpan.FromDays(365) - Due);
        await keeper.CheckAsync(default);
        Serves(keeper, await PairAsync(cluster));
    }

    [Fact]
    public async Task Secret_ThatCannotBeWritten_IsUsedWhileItIsGood_AndThenSaysWhy()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper keeper = Keeper(cluster);
        await keeper.CheckAsync(default);
        ServingPair first = await PairAsync(cluster);
        cluster.Before = static request => Task.FromResult(request.Method == "PATCH" ? MemoryCluster.Refuse(403, "Forbidden") : null);

        cluster.Time.Advance(Due);
        await keeper.CheckAsync(default);
        Serves(keeper, first);

        cluster.Time.Advance(TimeSpan.FromDays(100));
        AdmissionWebhookException error = await Should.ThrowAsync<AdmissionWebhookException>(() => keeper.CheckAsync(default));
        error.Message.ShouldStartWith("The Secret system/certs needs a new certificate (it is good only until 2027-01-01 00:00:00Z) and cannot be written:");
    }

    [Fact]
    public async Task Secret_OfCertManager_IsUsedWhileItIsGood_AndNeverWritten()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        CertificateKeeper keeper = Keeper(cluster);
        await keeper.CheckAsync(default);
        ServingPair issued = await PairAsync(cluster);
        await cluster.MergeAsync(MemoryCluster.Secret, """{"metadata":{"annotations":{"cert-manager.io/certificate-name":"webhooks"}}}""");

        cluster.Time.Advance(Due);
        await keeper.CheckAsync(default);
        Serves(keeper, issued);
        (await PairAsync(cluster)).CertificatePem.ShouldBe(issued.CertificatePem);

        cluster.Time.Advance(TimeSpan.FromDays(100));
        AdmissionWebhookException error = await Should.ThrowAsync<AdmissionWebhookException>(() => keeper.CheckAsync(default));
        error.Message.ShouldBe(
            "The Secret system/certs is cert-manager's and has no good certificate (it is good only until 2027-01-01 00:00:00Z): see its Certificate webhooks.");
    }

    [Theory]
    [InlineData("""{"data":{"tls.crt":"eA=="}}""")]
    [InlineData("""{"data":{"tls.key":null}}""")]
    [InlineData("""{"data":{"ca.crt":"eA=="}}""")]
    public async Task Secret_ThatIsDamaged_IsWrittenAnew(string damage)
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        await Keeper(cluster).CheckAsync(default);
        await cluster.MergeAsync(MemoryCluster.Secret, damage);

        CertificateKeeper keeper = Keeper(cluster);
        await keeper.CheckAsync(default);

        ServingPair pair = await PairAsync(cluster);
        pair.Flaw(cluster.Options.CertificateNames, cluster.Time.GetUtcNow(), cluster.Options.RenewBefore).ShouldBeNull();
        Serves(keeper, pair);
    }

    [Fact]
    public async Task Secret_WithoutAServicesName_IsWrittenAnew()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        await Keeper(cluster).CheckAsync(default);

        await Keeper(cluster, static options => options with { ServiceNames = ["hook", "second"], AlternativeNames = ["127.0.0.1"] }).CheckAsync(default);

        X509SubjectAlternativeNameExtension names = (await PairAsync(cluster)).Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        names.EnumerateDnsNames().ShouldContain("second.system.svc");
        names.EnumerateIPAddresses().ShouldHaveSingleItem().ToString().ShouldBe("127.0.0.1");
    }

    [Fact]
    public async Task Start_WithoutAnApiServer_WaitsAndSaysWhatIsMissing()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        cluster.Before = static _ => throw new KubernetesUnreachableException("refused");

        Task start = Keeper(cluster).StartAsync(default);
        for (int i = 0; i < 1000 && !start.IsCompleted; i++)
        {
            cluster.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        AdmissionWebhookException error = await Should.ThrowAsync<AdmissionWebhookException>(start);
        error.Message.ShouldBe("The admission webhooks have no certificate after 30 s. The Secret system/certs with the webhooks' certificate cannot be read: refused");
    }

    [Fact]
    public async Task Files_AreReadAgainAsTheyChange_AndAHalfWrittenPairIsPassedOver()
    {
        MemoryCluster cluster = await MemoryCluster.StartAsync();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-webhook-");
        try
        {
            var files = new AdmissionCertificateFiles(Path.Combine(folder.FullName, "tls.crt"), Path.Combine(folder.FullName, "tls.key"));
            CertificateKeeper keeper = Keeper(cluster, options => options with { Files = files });
            await Should.ThrowAsync<AdmissionWebhookException>(() => keeper.CheckAsync(default));
            ServingPair first = PairIssuer.Issue(["a"], cluster.Time.GetUtcNow(), TimeSpan.FromDays(1));
            ServingPair second = PairIssuer.Issue(["a"], cluster.Time.GetUtcNow(), TimeSpan.FromDays(2));
            await WriteAsync(files, first.CertificatePem, first.KeyPem);
            await keeper.CheckAsync(default);
            Serves(keeper, first);

            await WriteAsync(files, second.CertificatePem, first.KeyPem);
            await Should.ThrowAsync<AdmissionWebhookException>(() => keeper.CheckAsync(default));
            Serves(keeper, first);

            await WriteAsync(files, second.CertificatePem, second.KeyPem);
            await keeper.CheckAsync(default);
            Serves(keeper, second);
            cluster.Writes.ShouldBeEmpty();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Bundle_OverManyRenewals_StaysShort()
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        ServingPair pair = PairIssuer.Issue(["a"], now, TimeSpan.FromDays(10));
        for (int i = 0; i < 8; i++)
            pair = PairIssuer.Issue(["a"], now, TimeSpan.FromDays(10), pair.AuthorityPem);
        ServingPair.Authorities(pair.AuthorityPem).Count.ShouldBe(4);

        ServingPair later = PairIssuer.Issue(["a"], now.AddDays(20), TimeSpan.FromDays(10), pair.AuthorityPem);

        ServingPair.Authorities(later.AuthorityPem).Count.ShouldBe(1);
    }

    private static Task WriteAsync(AdmissionCertificateFiles files, string certificate, string key) =>
        Task.WhenAll(File.WriteAllTextAsync(files.CertificatePath, certificate), File.WriteAllTextAsync(files.KeyPath, key));

    private static CertificateKeeper Keeper(MemoryCluster cluster, Func<AdmissionWebhookOptions, AdmissionWebhookOptions>? change = null)
    {
        AdmissionWebhookOptions options = change?.Invoke(cluster.Options) ?? cluster.Options;
        IPairSource source = options.Files is { } files ? new FilePairs(files) : new SecretPairs(cluster.Client, options, cluster.Time, NullLogger.Instance);
        return new CertificateKeeper(source, new AuthorityBundles(cluster.Client, options, NullLogger.Instance), options, cluster.Time, NullLogger.Instance);
    }

    private static async Task<ServingPair> PairAsync(MemoryCluster cluster) => ServingPair.Parse(
        await cluster.SecretTextAsync("tls.crt"), await cluster.SecretTextAsync("tls.key"), await cluster.SecretTextAsync("ca.crt"));

    private static void Serves(CertificateKeeper keeper, ServingPair pair) =>
        keeper.Context.ShouldNotBeNull().TargetCertificate.Thumbprint.ShouldBe(pair.Certificate.Thumbprint);

    private static string SecretOf(ServingPair pair) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "certs" },
        ["type"] = "kubernetes.io/tls",
        ["stringData"] = new JsonObject { ["tls.crt"] = pair.CertificatePem, ["tls.key"] = pair.KeyPem, ["ca.crt"] = pair.AuthorityPem },
    }.ToJsonString();
}
