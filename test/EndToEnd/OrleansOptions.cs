using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EndToEnd;

/// <summary>What only a silo of Orleans can be given: TLS, the dashboard, PostgreSQL.</summary>
public sealed class OrleansOptions : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [Theory]
    [InlineData("--dashboard-port", "0")]
    [InlineData("--grain-storage", "postgresql")]
    [InlineData("--membership", "postgresql")]
    [InlineData("--silo-tls-cert", "no-such-file.pem")]
    public async Task Option_ThatCannotBeMet_IsRefusedWithTheRemedy(string option, string value)
    {
        ToolProcess run = await ToolProcess.RunAsync(
            "dotnet", [Build.CommandPath, "controller-manager", "--kubeconfig", "no-such-file", option, value], environment: ("KTHENA_POSTGRESQL", null));

#if ORLEANS
        if (option == "--dashboard-port")
            return;
        run.Error.ShouldContain(option.StartsWith("--silo", StringComparison.Ordinal) ? "--silo-tls-ca" : "KTHENA_POSTGRESQL");
#else
        run.Error.ShouldContain(option);
        run.Error.ShouldContain("-p:GrainRuntime=Orleans");
#endif
        run.ExitCode.ShouldBe(2);
    }

    [OrleansFact]
    public async Task Tls_OfOneAuthority_LetsItsHoldersInAndNobodyElse()
    {
        string[] ours = Certificate("ours");
        string[] others = Certificate("others");
        await using Processes processes = await Processes.StartAsync();
        await processes.SiloAsync(["--gateway-port", $"{RunningCommand.FreePort()}", .. ours]);
        RunningCommand second = await processes.SiloAsync(ours);
        await processes.ServeAsync("tale", 1);

        (RunningCommand _, Uri address) = await processes.RouterAsync(ours);
        await processes.WarmUpAsync(address, "tale");
        (RunningCommand stranger, _) = await processes.RouterAsync(others);
        await stranger.LineAsync("No silo can be reached");
        (RunningCommand plain, _) = await processes.RouterAsync();
        await plain.LineAsync("No silo can be reached");

        stranger.Lines("Connected to the silos").ShouldBeEmpty();
        plain.Lines("Connected to the silos").ShouldBeEmpty();
        (await second.StopAsync()).ShouldBe(0);
    }

    [OrleansFact]
    public async Task Dashboard_OnLoopback_AnswersThisMachineAlone()
    {
        await using Processes processes = await Processes.StartAsync();
        RunningCommand silo = await processes.SiloAsync("--dashboard-port", "0");
        var address = new Uri((await silo.LineAsync("^dashboard ")).Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        address.Host.ShouldBe("127.0.0.1");
        using HttpClient http = LoopbackHttp.Client();

        (await http.GetStringAsync(address)).ShouldContain("<html");
        // Its first figures come some seconds after its page.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!(await http.GetStringAsync(new Uri(address, "DashboardCounters"), deadline.Token)).Contains("KubernetesBridgeGrain", StringComparison.Ordinal))
            await Task.Delay(200, deadline.Token);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = "evil.example" } };
        (await http.SendAsync(elsewhere)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [PostgresFact]
    public async Task Postgresql_ForMembershipAndState_ServesAndForgetsAKilledSilo()
    {
        string[] options = ["--membership", "postgresql", "--cluster-id", $"t{Environment.ProcessId}"];
        await using Processes processes = await Processes.StartAsync(("KTHENA_POSTGRESQL", PostgresFactAttribute.Connection));
        await processes.SiloAsync(["--gateway-port", $"{RunningCommand.FreePort()}", "--grain-storage", "postgresql", .. options]);
        RunningCommand second = await processes.SiloAsync(["--grain-storage", "postgresql", .. options]);
        await processes.ServeAsync("tale", 1);
        (RunningCommand _, Uri address) = await processes.RouterAsync(options);
        await processes.WarmUpAsync(address, "tale");

        await second.KillAsync();
        await processes.KubectlAsync("delete", "pod", "tale-0-server-0-0");
        await processes.KubectlAsync("wait", "pod/tale-0-server-0-0", "--for=create", "--timeout=240s");
        await processes.KubectlAsync("wait", "pod/tale-0-server-0-0", "--for=condition=Ready", "--timeout=240s");
    }

    [PostgresFact]
    public async Task Postgresql_WithoutTables_IsNamedWithTheRemedy()
    {
        await using Processes processes = await Processes.StartAsync();
        string blank = $"{PostgresFactAttribute.Connection};Search Path=pg_temp";

        ToolProcess run = await ToolProcess.RunAsync(
            "dotnet", [Build.CommandPath, "controller-manager", "--kubeconfig", processes.Kubeconfig, "--grain-storage", "postgresql"],
            environment: ("KTHENA_POSTGRESQL", blank));

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("PostgreSQL-Main.sql");
        run.Error.ShouldContain("PostgreSQL-Persistence.sql");
    }

    /// <summary>A certificate of an authority of its own, as the command takes it.</summary>
    private string[] Certificate(string name)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest($"CN={name} authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.Create(authority, now.AddHours(-1), now.AddMinutes(59), [1, 2, 3]);
        return
        [
            "--silo-tls-cert", Write($"{name}.crt", certificate.ExportCertificatePem()),
            "--silo-tls-key", Write($"{name}.key", key.ExportPkcs8PrivateKeyPem()),
            "--silo-tls-ca", Write($"{name}.ca", authority.ExportCertificatePem()),
        ];
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
