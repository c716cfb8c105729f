using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes.Tests.Core;

/// <summary>A transport whose answers the test gives one by one.</summary>
internal sealed class ScriptedTransport : IKubernetesTransport
{
    /// <summary>No call ends by itself: virtual hours may pass before a test's answer to it is read.</summary>
    public static readonly KubernetesClientOptions Patient = new() { CallTimeout = TimeSpan.FromDays(30) };

    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();
    private readonly Channel<Watch> _watches = Channel.CreateUnbounded<Watch>();
    private int _inFlight;

    public int InFlight => Volatile.Read(ref _inFlight);

    public int InFlightMax { get; private set; }

    public async Task<Call> NextCallAsync() => await _calls.Reader.ReadAsync().AsTask().WaitAsync(Guard);

    public async Task<Watch> NextWatchAsync() => await _watches.Reader.ReadAsync().AsTask().WaitAsync(Guard);

    public async Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        InFlightMax = Math.Max(InFlightMax, Interlocked.Increment(ref _inFlight));
        try
        {
            var call = new Call(request);
            _calls.Writer.TryWrite(call);
            return await call.Answer.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new Watch(request);
        _watches.Writer.TryWrite(watch);
        await foreach (byte[] line in watch.Lines.ReadAllAsync(cancellationToken))
            yield return line;
    }

    internal sealed class Call(KubernetesRequest request)
    {
        private readonly TaskCompletionSource<KubernetesResponse> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public KubernetesRequest Request => request;

        public JsonNode? Body => JsonNode.Parse(request.Body.Span);

        public Task<KubernetesResponse> Answer => _answer.Task;

        public void Reply(int status, string json, TimeSpan? retryAfter = null) =>
            _answer.TrySetResult(new KubernetesResponse(status, Encoding.UTF8.GetBytes(json), retryAfter));

        public void ReplyStatus(int status, string reason, string message = "m") =>
            Reply(status, $$"""{"kind":"Status","status":"Failure","reason":"{{reason}}","message":"{{message}}","code":{{status}}}""");

        public void Fail() => _answer.TrySetException(new KubernetesUnreachableException("refused"));
    }

    internal sealed class Watch(KubernetesRequest request)
    {
        private readonly Channel<byte[]> _lines = Channel.CreateUnbounded<byte[]>();

        public KubernetesRequest Request => request;

        public ChannelReader<byte[]> Lines => _lines.Reader;

        public void Send(string type, string objectJson) =>
            _lines.Writer.TryWrite(Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","object":{{objectJson}}}"""));

        public void End() => _lines.Writer.TryComplete();

        public void Break() => _lines.Writer.TryComplete(new KubernetesUnreachableException("reset"));
    }
}
