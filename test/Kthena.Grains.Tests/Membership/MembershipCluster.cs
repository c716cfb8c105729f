using System.Security.Cryptography.X509Certificates;
using Kthena.Embedded.Kubernetes;
using Kthena.Grains.Tests.Serving;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Silo.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Grains.Tests.Membership;

/// <summary>An API server that holds membership tables: an embedded one over HTTPS, or one that is there already.</summary>
public sealed class MembershipCluster : IAsyncLifetime, IDisposable
{
    private static int _clusters;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-membership-");
    private EmbeddedApiServer? _server;
    private HttpKubernetesTransport _http = null!;

    internal IKubernetesTransport Transport => _http;

    internal KubernetesClient Client { get; private set; } = null!;

    internal const string Namespace = "default";

    public async Task InitializeAsync()
    {
        KubernetesConnection connection;
        if (RealApiServerFactAttribute.IsNamed)
        {
            connection = RealApiServerFactAttribute.Connect();
        }
        else
        {
            _server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(_folder.FullName));
            connection = new KubernetesConnection(_server.Uri)
            {
                Token = _server.Token,
                CertificateAuthorities = [X509Certificate2.CreateFromPem(_server.CaCertificatePem)],
            };
        }
        _http = new HttpKubernetesTransport(connection, TimeProvider.System);
        Client = new KubernetesClient(_http, TimeProvider.System);
    }

    /// <summary>A cluster id that no other test uses.</summary>
    internal static string NewClusterId() => $"t{TimeProvider.System.GetUtcNow().UtcTicks:x}-{Interlocked.Increment(ref _clusters)}";

    /// <summary>The records of a cluster.</summary>
    /// <param name="clusterId">Which.</param>
    /// <param name="transport">The way there; null takes the plain one.</param>
    internal MembershipRecords Records(string clusterId, IKubernetesTransport? transport = null) =>
        new(transport is null ? Client : new KubernetesClient(transport, TimeProvider.System), Namespace, clusterId);

    /// <summary>A table that is there.</summary>
    internal async Task<KubernetesMembershipTable> TableAsync(string clusterId, IKubernetesTransport? transport = null)
    {
        var table = new KubernetesMembershipTable(Records(clusterId, transport), NullLogger<KubernetesMembershipTable>.Instance);
        await table.InitializeMembershipTable(true);
        return table;
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    public void Dispose()
    {
        Client.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }
}
