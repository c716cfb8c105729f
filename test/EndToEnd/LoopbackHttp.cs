namespace EndToEnd;

/// <summary>Clients of what these tests start, all of it on this machine: what the environment says of proxies is about other places.</summary>
internal static class LoopbackHttp
{
    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(4) };
}
