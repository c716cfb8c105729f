using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Kthena.Router;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Kthena.Benchmarks;

/// <summary>A silo, a router and a bare YARP forwarder in this process, before one engine process; the silo may be in another one.</summary>
internal sealed class RouterBench : IAsyncDisposable
{
    private readonly Process _backend;
    private readonly BenchSilo _silo;
    private readonly RouterHost _router;
    private readonly WebApplication _bare;
    private readonly HttpMessageInvoker _invoker;

    private RouterBench(Process backend, int port, BenchSilo silo, RouterHost router, WebApplication bare, HttpMessageInvoker invoker)
    {
        (_backend, _silo, _router, _bare, _invoker) = (backend, silo, router, bare, invoker);
        Engine = new IPEndPoint(RouterBackend.Addresses[0], port);
        Router = new IPEndPoint(IPAddress.Loopback, router.Address.Port);
        string address = bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        BareYarp = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }

    /// <summary>The engine itself.</summary>
    public IPEndPoint Engine { get; }

    /// <summary>The router before it.</summary>
    public IPEndPoint Router { get; }

    /// <summary>The bare forwarder before it.</summary>
    public IPEndPoint BareYarp { get; }

    /// <summary>Starts everything.</summary>
    /// <param name="isSiloApart">Whether the silo is a process of its own, and the router its client.</param>
    /// <param name="configure">What is to be other than usual.</param>
    /// <param name="prefixCacheBytes">The budget of the silo's prefix cache; null leaves it as it is.</param>
    public static async Task<RouterBench> StartAsync(
        bool isSiloApart = false, Func<RouterOptions, RouterOptions>? configure = null, long? prefixCacheBytes = null)
    {
        int port = LoadLoop.FreePort();
        Process backend = RouterBackend.Start("backend", port);
        BenchSilo silo = isSiloApart ? await BenchSilo.StartApartAsync(port) : await BenchSilo.StartAsync(port, prefixCacheBytes);
        var options = new RouterOptions { Port = 0, MetricsPort = null, DebugPort = null, AccessLog = TextWriter.Null };
        RouterHost router = await RouterHost.StartAsync(silo.Grains, configure?.Invoke(options) ?? options);
        await router.WaitForAnotherTableAsync(0);
        (WebApplication bare, HttpMessageInvoker invoker) = await StartBareYarpAsync(port);
        return new RouterBench(backend, port, silo, router, bare, invoker);
    }

    /// <summary>Requests of a size that share a long beginning.</summary>
    public static byte[][] Requests(int bytes) => [.. Enumerable.Range(0, 64).Select(index => Request(bytes, index))];

    public async ValueTask DisposeAsync()
    {
        await _bare.StopAsync();
        await _bare.DisposeAsync();
        _invoker.Dispose();
        await _router.StopAsync();
        await _silo.DisposeAsync();
        _backend.StandardInput.Close();
        await _backend.WaitForExitAsync();
        _backend.Dispose();
    }

    private static byte[] Request(int bytes, int index)
    {
        // A system prompt that all share, a question of its own, line breaks as people write them.
        var content = new StringBuilder();
        for (int line = 0; content.Length < bytes - 200; line++)
            content.Append(CultureInfo.InvariantCulture, $"Line {line} of a text that goes on for a while and says nothing new.\\n");
        string body = $$"""{"messages":[{"role":"system","content":"{{content}}"},{"role":"user","content":"Question {{index}}?"}],"model":"tiny","max_tokens":64}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nUser-Agent: bench\r\nAccept: */*\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    private static async Task<(WebApplication Web, HttpMessageInvoker Invoker)> StartBareYarpAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddHttpForwarder();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1));
        WebApplication web = builder.Build();
        IHttpForwarder forwarder = web.Services.GetRequiredService<IHttpForwarder>();
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        });
        var config = new ForwarderRequestConfig
        {
            ActivityTimeout = Timeout.InfiniteTimeSpan,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        string prefix = $"http://{RouterBackend.Addresses[0]}:{port}";
        web.Run(async http => await forwarder.SendAsync(http, prefix, invoker, config, HttpTransformer.Default));
        await web.StartAsync();
        return (web, invoker);
    }
}
