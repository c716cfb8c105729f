namespace Kthena.Router.Tables;

/// <summary>
/// One question at a time whose answer may take some seconds. The runtime tells nobody that the silo of a call under way died, so
/// a question is given up after a bound, or when it is known that it must be asked again.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class LongPoll(TimeProvider time)
{
    /// <summary>Longer than any grain waits before it answers that nothing changed: 5 s.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(8);

    private TaskCompletionSource _again = New();

    /// <summary>Asks, and waits for the answer.</summary>
    /// <typeparam name="T">The answer.</typeparam>
    /// <param name="ask">Asks; it is told when nobody waits any more.</param>
    /// <param name="stopping">Stops waiting.</param>
    /// <exception cref="TimeoutException">No answer came in time, or the question must be asked again.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken stopping)
    {
        Task again = Volatile.Read(ref _again).Task;
        using var bound = new CancellationTokenSource(Bound, time);
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping);
        Task<T> answer = ask(asked.Token);
        try
        {
            await Task.WhenAny(answer, again).WaitAsync(asked.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {Bound.TotalSeconds:0} s; the silo that was asked may be gone.");
        }
        if (answer.IsCompleted)
            return await answer;
        await asked.CancelAsync();
        throw new TimeoutException("Silos went or came while one was asked.");
    }

    /// <summary>Gives up the question under way, if there is one.</summary>
    public void Renew() => Interlocked.Exchange(ref _again, New()).SetResult();

    /// <summary>What to tell of a question that got no answer.</summary>
    public static string ReasonOf(Exception fault) =>
        // Before its first connection a client knows of no grain at all.
        fault is ArgumentException ? "No silo is connected yet." : fault.Message;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
