using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kthena.Embedded.Kubernetes;
using Kthena.Grains.Bridge;
using Kthena.Kubernetes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Silo;
using Kthena.Silo.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Grains.Tests.Bridge;

/// <summary>What goes while no bridge is alive is told by the next one.</summary>
public sealed class RecentDeletionsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-deletions-");

    [Fact]
    public async Task Subscription_BegunAfterADeletion_TellsOfIt()
    {
        await using EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions(_folder.FullName));
        using var http = new HttpKubernetesTransport(
            new KubernetesConnection(server.Uri) { Token = server.Token, CertificateAuthorities = [X509Certificate2.CreateFromPem(server.CaCertificatePem)] },
            TimeProvider.System);
        using var client = new KubernetesClient(http, TimeProvider.System);
        var informers = new InformerSet(client, new SiloOptions { Transport = http }, TimeProvider.System, NullLoggerFactory.Instance);
        using var stopping = new CancellationTokenSource();
        Task running = informers.RunAsync(stopping.Token);
        Informer<ControllerRevision> informer = informers.Of<ControllerRevision>();
        await informer.WaitForSyncAsync(CancellationToken.None);
        var isGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable watching = informer.Subscribe(change =>
        {
            if (change.Kind == ResourceChangeKind.Deleted)
                isGone.TrySetResult();
        });
        var manifest = new RawJson(Encoding.UTF8.GetBytes(
            """{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"gone","namespace":"default"},"revision":1,"data":{}}"""));
        await client.CreateAsync(ResourceKinds.ControllerRevision, "default", manifest, CancellationToken.None);
        await client.DeleteAsync<ControllerRevision>(new NamespacedName("default", "gone"), new DeletionOptions(), CancellationToken.None);
        await isGone.Task.WaitAsync(TimeSpan.FromMinutes(2));

        using IChangeSubscription subscription = informers.Subscribe(ResourceKinds.ControllerRevision);
        var told = await subscription.TakeAsync(CancellationToken.None);

        told.ShouldContain(static change => change.Metadata.Name == "gone");
        await stopping.CancelAsync();
        await running;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
