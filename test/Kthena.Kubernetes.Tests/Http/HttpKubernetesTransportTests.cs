using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using static Kthena.Kubernetes.Tests.Core.Manifests;

namespace Kthena.Kubernetes.Tests.Http;

public sealed class HttpKubernetesTransportTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);
    private static readonly KubernetesRequest Get = new("GET", "/api/v1/pods") { Query = "limit=5" };

    [Fact]
    public async Task Send_CarriesEverythingBothWays()
    {
        var seen = new TaskCompletionSource<string>();
        await using HttpServer server = await HttpServer.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            HttpRequest request = context.Request;
            seen.SetResult($"{request.Method} {request.Path}{request.QueryString} {request.ContentType} {request.Headers.Authorization} {await reader.ReadToEndAsync()}");
            context.Response.StatusCode = 409;
            context.Response.Headers.RetryAfter = "7";
            await context.Response.WriteAsync("answer");
        });
        using var transport = new HttpKubernetesTransport(
            new KubernetesConnection(new Uri(server.Address, "prefix/")) { Token = "secret" }, TimeProvider.System);

        KubernetesResponse response = await transport.SendAsync(
            new KubernetesRequest("PATCH", "/api/v1/x")
            {
                Query = "a=b%20c",
                ContentType = "application/merge-patch+json",
                Body = "{}"u8.ToArray(),
            },
            CancellationToken.None);

        (await seen.Task.WaitAsync(Guard)).ShouldBe("PATCH /prefix/api/v1/x?a=b%20c application/merge-patch+json Bearer secret {}");
        response.StatusCode.ShouldBe(409);
        response.RetryAfter.ShouldBe(TimeSpan.FromSeconds(7));
        Encoding.UTF8.GetString(response.Body.Span).ShouldBe("answer");
    }

    [Fact]
    public async Task Send_OverTlsWithTheGivenAuthority_SpeaksHttp2AndShowsTheClientCertificate()
    {
        using var certificates = new TestCertificates();
        await using HttpServer server = await HttpServer.StartAsync(
            context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Connection.ClientCertificate?.Subject}"),
            certificates,
            wantsClientCertificate: true);
        using var authority = X509Certificate2.CreateFromPem(certificates.AuthorityPem);
        using var transport = new HttpKubernetesTransport(
            new KubernetesConnection(server.Address) { CertificateAuthorities = [authority], ClientCertificate = certificates.Client },
            TimeProvider.System);

        KubernetesResponse response = await transport.SendAsync(Get, CancellationToken.None);

        Encoding.UTF8.GetString(response.Body.Span).ShouldBe("HTTP/2 CN=client");
    }

    [Fact]
    public async Task Send_ToAnUntrustedServer_NamesTheRemedy()
    {
        using var certificates = new TestCertificates();
        using var others = new TestCertificates();
        await using HttpServer server = await HttpServer.StartAsync(context => context.Response.WriteAsync("x"), certificates);
        using var authority = X509Certificate2.CreateFromPem(others.AuthorityPem);
        using var wary = new HttpKubernetesTransport(
            new KubernetesConnection(server.Address) { CertificateAuthorities = [authority] }, TimeProvider.System);
        using var careless = new HttpKubernetesTransport(
            new KubernetesConnection(server.Address) { SkipsTlsVerification = true }, TimeProvider.System);

        KubernetesUnreachableException error =
            await Should.ThrowAsync<KubernetesUnreachableException>(wary.SendAsync(Get, CancellationToken.None));

        error.Message.ShouldContain("check certificate-authority");
        (await careless.SendAsync(Get, CancellationToken.None)).StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task Send_WhenRefusedForNow_SaysHowLong()
    {
        await using HttpServer server = await HttpServer.StartAsync(static context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "7";
            return Task.CompletedTask;
        });
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(server.Address), TimeProvider.System);

        KubernetesResponse refused = await transport.SendAsync(Get with { Method = "POST" }, CancellationToken.None);

        (refused.StatusCode, refused.RetryAfter).ShouldBe((429, TimeSpan.FromSeconds(7)));
    }

    [Fact]
    public async Task Send_WhenTheTokenFileChanged_ReadsItAgainAfterARefusal()
    {
        await using HttpServer server = await HttpServer.StartAsync(context =>
        {
            context.Response.StatusCode = context.Request.Headers.Authorization == "Bearer new" ? 200 : 401;
            return Task.CompletedTask;
        });
        DirectoryInfo folder = Directory.CreateTempSubdirectory("kthena-token-");
        string file = Path.Combine(folder.FullName, "token");
        await File.WriteAllTextAsync(file, "old\n");
        using var transport = new HttpKubernetesTransport(
            new KubernetesConnection(server.Address) { TokenFile = file }, TimeProvider.System);
        (await transport.SendAsync(Get, CancellationToken.None)).StatusCode.ShouldBe(401);

        await File.WriteAllTextAsync(file, "new\n");

        (await transport.SendAsync(Get, CancellationToken.None)).StatusCode.ShouldBe(200);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Send_ToNobody_IsUnreachable()
    {
        await using HttpServer server = await HttpServer.StartAsync(_ => Task.CompletedTask);
        Uri address = server.Address;
        await server.DisposeAsync();
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(address), TimeProvider.System);

        KubernetesUnreachableException error =
            await Should.ThrowAsync<KubernetesUnreachableException>(transport.SendAsync(Get, CancellationToken.None));

        error.Message.ShouldContain("GET /api/v1/pods?limit=5");
        error.Message.ShouldContain(address.ToString());
    }

    [Fact]
    public async Task Watch_YieldsLinesAsTheyComeWhateverTheirSize()
    {
        string big = new('x', 100_000);
        await using HttpServer server = await HttpServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("one\ntw");
            await context.Response.Body.FlushAsync();
            await context.Response.WriteAsync($"o\n\n{big}\nlast\n");
        });
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(server.Address), TimeProvider.System);

        var lines = new List<string>();
        await foreach (ReadOnlyMemory<byte> line in transport.WatchAsync(Get, CancellationToken.None))
            lines.Add(Encoding.UTF8.GetString(line.Span));

        lines.ShouldBe(["one", "two", big, "last"]);
    }

    [Fact]
    public async Task Watch_Refused_IsAnApiError()
    {
        await using HttpServer server = await HttpServer.StartAsync(async context =>
        {
            context.Response.StatusCode = 410;
            await context.Response.WriteAsync("""{"kind":"Status","reason":"Expired","message":"too old","code":410}""");
        });
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(server.Address), TimeProvider.System);

        KubernetesApiException error = await Should.ThrowAsync<KubernetesApiException>(async () =>
        {
            await foreach (ReadOnlyMemory<byte> _ in transport.WatchAsync(Get, CancellationToken.None))
            {
            }
        });

        error.IsGone.ShouldBeTrue();
    }

    [Fact]
    public async Task Watch_WhenTheConnectionBreaks_IsUnreachable()
    {
        await using HttpServer server = await HttpServer.StartAsync(async context =>
        {
            await context.Response.WriteAsync("one\n");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(server.Address), TimeProvider.System);

        await Should.ThrowAsync<KubernetesUnreachableException>(async () =>
        {
            await foreach (ReadOnlyMemory<byte> _ in transport.WatchAsync(Get, CancellationToken.None))
            {
            }
        });
    }

    [Fact]
    public async Task Informer_OverHttp_ListsWatchesAndResumes()
    {
        var queries = new ConcurrentQueue<string>();
        int watches = 0;
        await using HttpServer server = await HttpServer.StartAsync(async context =>
        {
            queries.Enqueue(context.Request.QueryString.Value ?? "");
            if (!context.Request.Query.ContainsKey("watch"))
            {
                await context.Response.WriteAsync(List(5, Pod("a", 4)));
                return;
            }
            int watch = Interlocked.Increment(ref watches);
            string line = $$"""{"type":"ADDED","object":{{Pod($"p{watch}", 10UL + (ulong)watch).Replace("\n", "", StringComparison.Ordinal)}}}""";
            await context.Response.WriteAsync(line + "\n");
            await context.Response.Body.FlushAsync();
            if (watch > 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var transport = new HttpKubernetesTransport(new KubernetesConnection(server.Address), TimeProvider.System);
        using var client = new KubernetesClient(transport, TimeProvider.System, new KubernetesClientOptions { CallTimeout = Guard });
        var informer = new Informer<Pod>(client, new InformerOptions<Pod>(), TimeProvider.System, new Random(1), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        Task run = informer.RunAsync(stop.Token);

        await informer.WaitForVersionAsync(12, CancellationToken.None).WaitAsync(Guard);

        informer.Snapshot.Items.Select(pod => pod.Metadata.Name).ShouldBe(["a", "p1", "p2"]);
        queries.Count(query => !query.Contains("watch", StringComparison.Ordinal)).ShouldBe(1);
        queries.ShouldContain(query => query.Contains("resourceVersion=11&", StringComparison.Ordinal));
        await stop.CancelAsync();
        await run.WaitAsync(Guard);
    }
}
