using System.Net;
using Kthena.Grains.Facts;
using Kthena.Grains.Serving;
using Kthena.Kubernetes.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Kthena.Silo.Debugging;

/// <summary>
/// Tells why the control plane did what it did, read-only over HTTP: the plans of each object, what is known of its groups, and
/// what the client of the API server sent.
/// </summary>
public sealed class DebugServer : IAsyncDisposable
{
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly WebApplication _web;

    private DebugServer(WebApplication web)
    {
        _web = web;
        Uri = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>Where it listens, such as <c>http://127.0.0.1:15001/</c>.</summary>
    public Uri Uri { get; }

    /// <summary>Starts it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="silo">The services of a running silo.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<DebugServer> StartAsync(
        DebugServerOptions options, IServiceProvider silo, ILoggerFactory loggers, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Listen(new IPEndPoint(options.Address, options.Port), static listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication web = builder.Build();
        var plans = new PlanReport(
            silo.GetRequiredService<IGrainFactory>(), silo.GetRequiredService<IClusterFacts>(), silo.GetRequiredService<IOptions<ServingOptions>>().Value.IsServed);
        var client = silo.GetRequiredService<KubernetesClient>();
        web.Run(http => AnswerAsync(http, plans, client));
        try
        {
            await web.StartAsync(cancellation);
            return new DebugServer(web);
        }
        catch
        {
            await web.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(new CancellationToken(canceled: true));
        await _web.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext http, PlanReport plans, KubernetesClient client)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        string[] parts = (http.Request.Path.Value ?? "").Trim('/').Split('/');
        switch (parts)
        {
            case ["metrics"]:
                http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                await http.Response.Body.WriteAsync(ClientMetricsText.Write(client.Statistics, client.Load), http.RequestAborted);
                break;
            case ["debug", "modelserving", "cache"]:
                await JsonAsync(http, await plans.CacheAsync());
                break;
            case ["debug", "modelserving" or "leaderworkerset", string ns, string name, "plans"]:
                int? group = int.TryParse(http.Request.Query["group"], out int ordinal) ? ordinal : null;
                var subject = new Model.NamespacedName(ns, name);
                if (await (parts[1] == "modelserving" ? plans.OfAsync(subject, group) : plans.OfSetAsync(subject, group)) is { } report)
                    await JsonAsync(http, report);
                else
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }

    private static async Task JsonAsync(HttpContext http, byte[] json)
    {
        http.Response.ContentType = "application/json";
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.Body.WriteAsync(json, http.RequestAborted);
    }
}
