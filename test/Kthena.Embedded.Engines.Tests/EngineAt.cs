using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Kthena.Embedded.Engines.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Embedded.Engines.Tests;

/// <summary>Engines on a real Kestrel, and a client that talks to them.</summary>
internal sealed class EngineAt : IAsyncDisposable
{
    public static readonly EngineCosts Free = new() { PrefillPerToken = TimeSpan.Zero, DecodePerToken = TimeSpan.Zero };

    private static readonly PodAddresses Addresses = TestAddresses.Create(0x10000);

    private readonly EngineHost _host = new(NullLoggerFactory.Instance);
    private readonly List<EngineSocket> _sockets = [];

    private EngineAt()
    {
    }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public static async Task<EngineAt> StartAsync()
    {
        var engines = new EngineAt();
        await engines._host.StartAsync(CancellationToken.None);
        return engines;
    }

    public async Task<EngineSocket> OpenAsync(EngineProfile? profile = null, EngineCosts? costs = null, string pod = "default/a")
    {
        profile ??= new EngineProfile(EngineKind.Vllm, 8000) { ServedModelNames = ["m"] };
        var engine = new SimulatedEngine(profile, costs ?? Free, pod, TimeProvider.System);
        EngineSocket socket = await _host.OpenAsync(new IPEndPoint(Addresses.Next(), profile.Port), engine.HandleAsync, CancellationToken.None);
        _sockets.Add(socket);
        return socket;
    }

    public static string Url(EngineSocket socket, string path) => $"http://{socket.Address}{path}";

    public Task<HttpResponseMessage> PostAsync(EngineSocket socket, string path, string json) =>
        Http.PostAsync(Url(socket, path), new StringContent(json));

    public async Task<JsonNode> AskAsync(EngineSocket socket, string json, string path = "/v1/chat/completions")
    {
        using HttpResponseMessage response = await PostAsync(socket, path, json);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (EngineSocket socket in _sockets)
            await socket.DisposeAsync();
        await _host.DisposeAsync();
    }
}

/// <summary>Each test class starts elsewhere in the range, so that they can run side by side.</summary>
internal static class TestAddresses
{
    public static PodAddresses Create(uint offset)
    {
        var addresses = new PodAddresses(new Random(Environment.ProcessId));
        addresses.Take(IPAddress.Parse($"127.{64 + (offset >> 16)}.{(offset >> 8) & 0xff}.1"));
        return addresses;
    }
}
