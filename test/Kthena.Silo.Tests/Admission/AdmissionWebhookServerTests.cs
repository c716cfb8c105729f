using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Silo.Admission;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Silo.Tests.Admission;

/// <summary>The server over real sockets and real TLS.</summary>
public sealed class AdmissionWebhookServerTests : IAsyncLifetime
{
    private const string Route = "/validate/modelroute";
    private const string Good = """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1","operation":"CREATE","object":{"spec":{"modelName":"m","rules":[]}}}}""";
    private const string Bad = """{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u2","operation":"CREATE","object":{"spec":{"rules":[]}}}}""";

    private MemoryCluster _cluster = null!;
    private AdmissionWebhookServer _server = null!;

    public async Task InitializeAsync()
    {
        _cluster = await MemoryCluster.StartAsync();
        _server = await AdmissionWebhookServer.StartAsync(_cluster.Options, _cluster.Client, _cluster.Time, NullLoggerFactory.Instance, default);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Review_OverHttps_IsAnswered(string version)
    {
        using HttpClient client = Client();
        client.DefaultRequestVersion = Version.Parse(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        JsonNode allowed = await AskAsync(client, Good);
        JsonNode denied = await AskAsync(client, Bad);

        allowed.ToJsonString().ShouldBe("""{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u1","allowed":true}}""");
        denied["response"]!["uid"]!.GetValue<string>().ShouldBe("u2");
        denied["response"]!["allowed"]!.GetValue<bool>().ShouldBeFalse();
        denied["response"]!["status"]!["message"]!.GetValue<string>().ShouldBe("validation failed:\n  - spec: Required value: either modelName or loraAdapters must be specified");
    }

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("application/json; charset=utf-8", 400)]
    [InlineData("Application/JSON", 400)]
    [InlineData("text/plain", 400)]
    [InlineData("", 400)]
    public async Task ContentType_MustBeExactlyJson(string type, int status)
    {
        using HttpClient client = Client();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Good));
        if (type.Length > 0)
            content.Headers.TryAddWithoutValidation("Content-Type", type);

        using HttpResponseMessage response = await client.PostAsync(Route, content);

        ((int)response.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData("GET", "/healthz", "", 200, "ok")]
    [InlineData("HEAD", "/healthz", "", 200, "")]
    [InlineData("GET", Route, "", 405, "reviews are sent with POST")]
    [InlineData("POST", "/validate/pods", Good, 404, "no webhook has this path")]
    [InlineData("POST", Route, "", 400, "the body is not JSON")]
    [InlineData("POST", Route, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}", 400, "the review has no request")]
    public async Task Request_OfAnotherKind_IsAnsweredInPlainText(string method, string path, string body, int status, string text)
    {
        using HttpClient client = Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
            request.Content = Json(body);

        using HttpResponseMessage response = await client.SendAsync(request);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        (await response.Content.ReadAsStringAsync()).ShouldStartWith(text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_LongerThanTheBound_IsRefused(bool isChunked)
    {
        using HttpClient client = Client();
        string padding = new(' ', (int)_cluster.Options.BodyBytesMost - Good.Length);
        (await AskAsync(client, Good + padding))["response"]!["allowed"]!.GetValue<bool>().ShouldBeTrue();
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = Json(Good + padding + " "), Version = HttpVersion.Version20 };
        request.Headers.TransferEncodingChunked = isChunked;

        using HttpResponseMessage response = await client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable CA5397, SYSLIB0039 // That the old version is refused is what is tested.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore CA5397, SYSLIB0039
    public async Task Tls_IsAtLeast12(SslProtocols protocol, bool isSpoken)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _server.Uri.Port);
        await using var stream = new SslStream(socket.GetStream());

        Task handshake = stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "hook.system.svc",
            EnabledSslProtocols = protocol,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => IsTrusted(certificate!),
        });

        if (isSpoken)
            await handshake;
        else
            await Should.ThrowAsync<Exception>(handshake);
    }

    [Fact]
    public async Task Rotation_LeavesStandingConnectionsAlone_AndServesNewOnesAnew()
    {
        using HttpClient standing = Client();
        await AskAsync(standing, Good);
        string first = await ThumbprintAsync();

        _cluster.Time.Advance(TimeSpan.FromDays(276));
        await UntilAsync(async () => (await _cluster.BundlesAsync()).All(static bundle => bundle.Split("BEGIN").Length == 3));
        await UntilAsync(async () =>
        {
            _cluster.Time.Advance(_cluster.Options.CheckInterval);
            return await ThumbprintAsync() != first;
        });

        (await AskAsync(standing, Good))["response"]!["allowed"]!.GetValue<bool>().ShouldBeTrue();
        _connections.ShouldBe(1);
        using HttpClient late = Client();
        await AskAsync(late, Good);
        _connections.ShouldBe(2);
    }

    [Fact]
    public async Task Host_WithTheWebhooks_ServesUntilItStops()
    {
        int port = FreePort();
        using IHost host = new HostBuilder().ConfigureServices(services =>
        {
            services.AddSingleton(_cluster.Client);
            services.AddSingleton<TimeProvider>(_cluster.Time);
            services.AddKthenaAdmissionWebhooks(_cluster.Options with { Port = port });
        }).Build();

        await host.StartAsync();
        using HttpClient client = Client(new Uri($"https://127.0.0.1:{port}/"));
        await AskAsync(client, Good);
        await host.StopAsync();

        await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync("/healthz"));
    }

    [Fact]
    public async Task Start_WithFaultySettings_NamesThemAll()
    {
        AdmissionWebhookOptions options = _cluster.Options with { Port = -1, Namespace = "" };

        ArgumentException error = await Should.ThrowAsync<ArgumentException>(
            () => AdmissionWebhookServer.StartAsync(options, _cluster.Client, _cluster.Time, NullLoggerFactory.Instance, default));

        error.Message.ShouldBe("Port must be between 0 and 65535, not -1. Namespace must be DNS names, not ''.");
    }

    private int _connections;

    private HttpClient Client(Uri? address = null) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellation) =>
        {
            Interlocked.Increment(ref _connections);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, _, _) => IsTrusted(certificate!) },
    })
    { BaseAddress = address ?? _server.Uri };

    /// <summary>As an API server checks: by the authority in the webhook configurations, at the present instant.</summary>
    private bool IsTrusted(X509Certificate certificate)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(_cluster.BundlesAsync().GetAwaiter().GetResult()[0]);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _cluster.Time.GetUtcNow().UtcDateTime;
        var presented = (X509Certificate2)certificate;
        return chain.Build(presented) && presented.MatchesHostname("hook.system.svc");
    }

    private async Task<string> ThumbprintAsync()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _server.Uri.Port);
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => IsTrusted(certificate!));
        await stream.AuthenticateAsClientAsync("hook.system.svc");
        return ((X509Certificate2)stream.RemoteCertificate!).Thumbprint;
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isTrue())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static async Task<JsonNode> AskAsync(HttpClient client, string review)
    {
        using HttpResponseMessage response = await client.PostAsync(Route, Json(review));
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        return JsonNode.Parse(body)!;
    }

    private static StringContent Json(string body) => new(body, new MediaTypeHeaderValue("application/json"));

    /// <summary>A free port, below those that connections take by themselves: nobody takes it before the server does.</summary>
    private static int FreePort()
    {
        for (int port = 19_000 - (Environment.ProcessId % 1000); ; port--)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
