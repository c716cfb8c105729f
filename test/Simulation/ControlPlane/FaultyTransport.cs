using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Kthena.Embedded.Kubernetes.Core;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Simulation;
using Kthena.Kubernetes.Core;

namespace Kthena.Simulation.ControlPlane;

/// <summary>Joins the client's core to the API server's, with faults in between: the server works as a process of its own.</summary>
/// <param name="server">The server.</param>
/// <param name="serverProcess">What it runs as.</param>
/// <param name="caller">What the client runs as.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="chance">When.</param>
/// <param name="isCalm">Whether nothing goes wrong any more.</param>
internal sealed class FaultyTransport(
    ApiServer server, SimulatedProcess serverProcess, SimulatedProcess caller, ApiFaults faults, Random chance, Func<bool> isCalm)
    : IKubernetesTransport
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LagMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LateMax = TimeSpan.FromSeconds(30);

    /// <summary>Changes requests on their way: a planted mistake.</summary>
    public Func<KubernetesRequest, KubernetesRequest> Mistake { get; init; } = static request => request;

    public async Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        await PassAsync(cancellationToken);
        if (Happens(faults.TooManyRequests))
        {
            faults.Counts.TooManyRequests++;
            return Refusal(429, "TooManyRequests") with { RetryAfter = RetryAfter };
        }
        if (Happens(faults.InternalErrors))
        {
            faults.Counts.InternalErrors++;
            return Refusal(500, "InternalError");
        }
        if (request.Method is "PATCH" or "DELETE" && Happens(faults.Conflicts))
        {
            faults.Counts.Conflicts++;
            return Refusal(409, "Conflict");
        }
        if (Happens(faults.Unanswered))
            await VanishAsync(request, cancellationToken);
        if (request.IsWrite && Happens(faults.Repeats))
        {
            faults.Counts.Repeats++;
            serverProcess.After(LateMax * chance.NextDouble(), () => _ = HandleAsync(Mistake(request)));
        }
        ApiResponse response = await HandleAsync(Mistake(request));
        await PassAsync(cancellationToken);
        return new KubernetesResponse(response.Status, response.BodyBytes());
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await PassAsync(cancellationToken);
        ApiResponse response = await HandleAsync(request);
        if (response.Watch is not { } watch)
            throw KubernetesApiException.From(request, new KubernetesResponse(response.Status, response.BodyBytes()));
        using (watch)
        {
            using var cut = faults.WatchMax is { } most && !isCalm()
                ? new CancellationTokenSource(most * chance.NextDouble(), caller.Time)
                : new CancellationTokenSource();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, cut.Token);
            while (await MoreAsync(watch, request, cut, faults, either.Token))
            {
                while (watch.TryRead(out WatchFrame? frame))
                {
                    // One after the other: a stream delays, it does not reorder.
                    await PassAsync(cancellationToken);
                    await LagAsync(cancellationToken);
                    yield return Join(frame.Value);
                    if (Happens(faults.WatchRepeats))
                    {
                        faults.Counts.WatchRepeats++;
                        yield return Join(frame.Value);
                    }
                }
            }
        }
    }

    private static async Task<bool> MoreAsync(
        WatchStream watch, KubernetesRequest request, CancellationTokenSource cut, ApiFaults faults, CancellationToken either)
    {
        try
        {
            return await watch.WaitToReadAsync(either);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            faults.Counts.WatchCuts++;
            throw new KubernetesUnreachableException($"{request}: the stream broke.");
        }
    }

    private static ReadOnlyMemory<byte> Join(WatchFrame frame) =>
        (byte[])[.. frame.Head.Span, .. frame.Content.Span, .. frame.Tail.Span];

    private static KubernetesResponse Refusal(int status, string reason) => new(
        status,
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{reason}}","message":"simulated","code":{{status}}}""")));

    private Task<ApiResponse> HandleAsync(KubernetesRequest request) => serverProcess.Start(() => server.HandleAsync(
        new ApiRequest(request.Method, request.Path, request.Query)
        {
            ContentType = request.ContentType ?? "application/json",
            Body = request.Body,
        }).AsTask());

    private bool Happens(double share) => share > 0 && !isCalm() && chance.NextDouble() < share;

    private Task PassAsync(CancellationToken cancellation)
    {
        TimeSpan most = isCalm() ? TimeSpan.FromMilliseconds(1) : faults.DelayMax;
        TimeSpan delay = TimeSpan.FromMilliseconds(1 + chance.Next((int)most.TotalMilliseconds));
        faults.Counts.Delays += delay > LongDelay ? 1 : 0;
        return Task.Delay(delay, caller.Time, cancellation);
    }

    /// <summary>This silo's cache of the kind grows old, the others' do not.</summary>
    private Task LagAsync(CancellationToken cancellation)
    {
        if (!Happens(faults.WatchLags))
            return Task.CompletedTask;
        faults.Counts.WatchLags++;
        return Task.Delay(LagMax * chance.NextDouble(), caller.Time, cancellation);
    }

    /// <summary>No answer comes, and the request is carried out at once, much later or never.</summary>
    private async Task VanishAsync(KubernetesRequest request, CancellationToken cancellation)
    {
        faults.Counts.Unanswered++;
        if (chance.Next(3) is var when and > 0)
            serverProcess.After(LateMax * (chance.NextDouble() * (when - 1)), () => _ = HandleAsync(Mistake(request)));
        await Task.Delay(Timeout.InfiniteTimeSpan, caller.Time, cancellation);
    }
}
