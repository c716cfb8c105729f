using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kthena.Router.Tests;

/// <summary>A request as it arrived at an engine.</summary>
internal sealed record SeenRequest(string Path, string Body, Dictionary<string, string> Headers);

/// <summary>A real HTTP engine whose answers the test writes.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    public const string Answer =
        """{"id":"1","object":"chat.completion","choices":[{"message":{"role":"assistant","content":"hi"}}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""";

    private readonly WebApplication _web;

    private ScriptedEngine(WebApplication web, IPAddress address) => (_web, Address) = (web, address);

    public IPAddress Address { get; }

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>What the engine does; by default it answers <see cref="Answer"/>.</summary>
    public Func<HttpContext, Task> Script { get; set; } = static http => Json(http, Answer);

    /// <summary>What it does before it reads the request.</summary>
    public Func<HttpContext, Task> Before { get; set; } = static _ => Task.CompletedTask;

    public static async Task<ScriptedEngine> StartAsync(IPAddress address, int port, HttpProtocols protocols = HttpProtocols.Http1)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen => listen.Protocols = protocols));
        WebApplication web = builder.Build();
        var engine = new ScriptedEngine(web, address);
        web.Run(async http =>
        {
            await engine.Before(http);
            using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
            string body = await reader.ReadToEndAsync();
            engine.Seen.Enqueue(new SeenRequest(
                http.Request.Path + http.Request.QueryString, body,
                http.Request.Headers.ToDictionary(static h => h.Key, static h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            await engine.Script(http);
        });
        await web.StartAsync();
        return engine;
    }

    public static Task Json(HttpContext http, string json, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.StopAsync(new CancellationToken(canceled: true));
        await _web.DisposeAsync();
    }
}
