using System.Diagnostics.CodeAnalysis;
using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.CodeGeneration;

/// <summary>A call whose answer has a value.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Kept until its result is taken, once, when it has completed.")]
public abstract class ResultCall<TResult> : GrainCall
{
    private TaskCompletionSource<TResult>? _answer;
    private Activation? _activation;
    private ValueTask<TResult> _running;

    /// <summary>What a caller gets at once when it asked for no answer.</summary>
    private static Task<TResult> Nothing { get; } = Task.FromResult<TResult>(default!);

    /// <summary>Creates the call.</summary>
    protected ResultCall(CallOptions options)
        : base(options)
    {
    }

    internal Task<TResult> Answer => _answer is null ? Nothing : _answer.Task;

    internal override bool IsAnswered => _answer is { Task.IsCompleted: true };

    /// <summary>Calls the method on the grain.</summary>
    protected abstract ValueTask<TResult> Execute(object grain);

    internal override async ValueTask<object?> ExecuteBoxed(object grain) => await Execute(grain);

    internal override bool TryFail(Exception exception)
    {
        if (_answer is null || !Turns!.DefersAnswers)
        {
            Release();
            return _answer is not null && _answer.TrySetException(exception);
        }

        DeferFault(exception);
        return true;
    }

    private protected override void OpenAnswer(TaskCreationOptions options) => _answer = new TaskCompletionSource<TResult>(options);

    internal override void Start(Activation activation)
    {
        _activation = activation;
        try
        {
            _running = activation.IsFiltered ? ExecuteFiltered(activation) : Execute(activation.Instance!);
        }
        catch (Exception exception)
        {
            _running = ValueTask.FromException<TResult>(exception);
        }

        if (_running.IsCompleted)
        {
            Finish();
        }
        else
        {
            _running.GetAwaiter().UnsafeOnCompleted(Finish);
        }
    }

    private async ValueTask<TResult> ExecuteFiltered(Activation activation) =>
        (TResult)(await FilteredCall.RunAsync(this, activation))!;

    private void Finish()
    {
        _activation!.Completed(this);
        TResult result;
        try
        {
            result = _running.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            FailOrLog(exception, _activation);
            return;
        }

        if (Turns!.DefersAnswers)
        {
            DeferResult(result);
        }
        else
        {
            Release();
            _answer?.TrySetResult(result);
        }
    }

    // A method of its own: what a lambda captures is allocated where the captured value is declared.
    private void DeferFault(Exception exception) => Turns!.Defer(() =>
    {
        Release();
        _answer?.TrySetException(exception);
    });

    private void DeferResult(TResult result) => Turns!.Defer(() =>
    {
        Release();
        _answer?.TrySetResult(result);
    });
}
