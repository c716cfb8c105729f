using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Kthena.Embedded.Kubernetes.Tests.Host;

/// <summary>One HTTPS server for a test class, in a folder of its own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-api-");

    public EmbeddedApiServer Server { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public string Folder => _folder.FullName;

    public string KubeconfigPath => Path.Combine(Folder, "kubeconfig");

    public async Task InitializeAsync()
    {
        Server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(Path.Combine(Folder, "data")) { KubeconfigPath = KubeconfigPath });
        Client = ClientOf(Server);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>A client that trusts the server's authority and nothing else.</summary>
    public static HttpClient ClientOf(EmbeddedApiServer server, bool withToken = true)
    {
        var authority = X509Certificate2.CreateFromPem(server.CaCertificatePem);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        var client = new HttpClient(handler) { BaseAddress = server.Uri, DefaultRequestVersion = HttpVersion.Version20 };
        if (withToken)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Token);
        return client;
    }

    public static StringContent JsonBody(string json) => new(json, new MediaTypeHeaderValue("application/json"));
}
