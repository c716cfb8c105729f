using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kthena.Router.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string CertificatePath => Path.Combine(_folder.FullName, "tls.crt");

    private string KeyPath => Path.Combine(_folder.FullName, "tls.key");

    [Fact]
    public async Task Tls_SpeaksHttp2AndHttp1_AndForwardsBoth()
    {
        WriteCertificate("one");
        await using Gateway gateway = await Gateway.StartAsync(configure: WithTls);
        gateway.Router.Address.Scheme.ShouldBe("https");
        foreach (Version version in new[] { HttpVersion.Version20, HttpVersion.Version11 })
        {
            using HttpClient client = Client(gateway);
            using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = Gateway.Chat("hello"),
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };

            HttpResponseMessage response = await client.SendAsync(message);

            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        }
        gateway.Engines[0].Seen.ShouldAllBe(static seen => seen.Headers["X-Forwarded-Proto"] == "https");
    }

    [Fact]
    public async Task Trailers_OfAnEngine_ReachTheClient()
    {
        WriteCertificate("one");
        await using Gateway gateway = await Gateway.StartAsync(
            configure: options => WithTls(options) with { EnginesSpeakHttp2 = true }, engineProtocols: HttpProtocols.Http2);
        gateway.Engines[0].Script = static async http =>
        {
            http.Response.DeclareTrailer("X-Checksum");
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
            http.Response.AppendTrailer("X-Checksum", "abc");
        };
        using HttpClient client = Client(gateway);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        HttpResponseMessage response = await client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"));

        (await response.Content.ReadAsStringAsync()).ShouldBe(ScriptedEngine.Answer);
        response.TrailingHeaders.GetValues("X-Checksum").ShouldBe(["abc"]);
    }

    [Fact]
    public async Task Certificate_ThatChanges_IsTakenByTheNextHandshake_ABrokenOneIsNot()
    {
        WriteCertificate("one");
        await using Gateway gateway = await Gateway.StartAsync(engines: 0, configure: WithTls);
        (await SubjectAsync(gateway)).ShouldBe("CN=one");

        WriteCertificate("two");
        (await SubjectAsync(gateway)).ShouldBe("CN=two");

        await File.WriteAllTextAsync(KeyPath, "no key");
        (await SubjectAsync(gateway)).ShouldBe("CN=two");
        WriteCertificate("three", writesKey: false);
        (await SubjectAsync(gateway)).ShouldBe("CN=two");
        File.Delete(CertificatePath);
        (await SubjectAsync(gateway)).ShouldBe("CN=two");
    }

    [Fact]
    public async Task Http2Streams_BeyondTheLimit_Wait()
    {
        WriteCertificate("one");
        await using Gateway gateway = await Gateway.StartAsync(configure: options => WithTls(options) with { StreamsPerConnectionMax = 2 });
        int inFlight = 0, most = 0;
        gateway.Engines[0].Script = async http =>
        {
            int now = Interlocked.Increment(ref inFlight);
            lock (gateway)
                most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inFlight);
            await ScriptedEngine.Json(http, ScriptedEngine.Answer);
        };
        using HttpClient client = Client(gateway);
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        HttpResponseMessage[] responses = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => client.PostAsync("/v1/chat/completions", Gateway.Chat("hello"))));

        responses.ShouldAllBe(static response => response.StatusCode == HttpStatusCode.OK);
        most.ShouldBeLessThanOrEqualTo(2);
    }

    [Fact]
    public void OneFileWithoutTheOther_IsRefused() =>
        new RouterOptions { TlsKeyPath = "key" }.Validate().ShouldBe(["TlsCertificatePath and TlsKeyPath are given both or not at all."]);

    public void Dispose() => _folder.Delete(recursive: true);

    private RouterOptions WithTls(RouterOptions options) =>
        options with { TlsCertificatePath = CertificatePath, TlsKeyPath = KeyPath, CertificateCheckInterval = TimeSpan.Zero };

    private void WriteCertificate(string name, bool writesKey = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(CertificatePath, certificate.ExportCertificatePem());
        if (writesKey)
            File.WriteAllText(KeyPath, key.ExportPkcs8PrivateKeyPem());
    }

    private static HttpClient Client(Gateway gateway) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
    })
    {
        BaseAddress = gateway.Router.Address,
    };

    private static async Task<string> SubjectAsync(Gateway gateway)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, gateway.Router.Address.Port);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        });
        return tls.RemoteCertificate!.Subject;
    }
}
