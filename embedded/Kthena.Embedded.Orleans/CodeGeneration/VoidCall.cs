using System.Diagnostics.CodeAnalysis;
using Kthena.Embedded.Runtime;

namespace Kthena.Embedded.CodeGeneration;

/// <summary>A call whose answer has no value.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Kept until its result is taken, once, when it has completed.")]
public abstract class VoidCall : GrainCall
{
    private TaskCompletionSource? _answer;
    private Activation? _activation;
    private ValueTask _running;

    /// <summary>Creates the call.</summary>
    protected VoidCall(CallOptions options)
        : base(options)
    {
    }

    internal Task Answer => _answer?.Task ?? Task.CompletedTask;

    internal override bool IsAnswered => _answer is { Task.IsCompleted: true };

    /// <summary>Calls the method on the grain.</summary>
    protected abstract ValueTask Execute(object grain);

    internal override async ValueTask<object?> ExecuteBoxed(object grain)
    {
        await Execute(grain);
        return null;
    }

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

    private protected override void OpenAnswer(TaskCreationOptions options) => _answer = new TaskCompletionSource(options);

    internal override void Start(Activation activation)
    {
        _activation = activation;
        try
        {
            _running = activation.IsFiltered
                ? new ValueTask(FilteredCall.RunAsync(this, activation))
                : Execute(activation.Instance!);
        }
        catch (Exception exception)
        {
            _running = ValueTask.FromException(exception);
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

    // The grain is free before the caller hears of it: the caller's next call then finds it so.
    private void Finish()
    {
        _activation!.Completed(this);
        try
        {
            _running.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            FailOrLog(exception, _activation);
            return;
        }

        if (Turns!.DefersAnswers)
        {
            Turns.Defer(() =>
            {
                Release();
                _answer?.TrySetResult();
            });
        }
        else
        {
            Release();
            _answer?.TrySetResult();
        }
    }

    // A method of its own: what a lambda captures is allocated where the captured value is declared.
    private void DeferFault(Exception exception) => Turns!.Defer(() =>
    {
        Release();
        _answer?.TrySetException(exception);
    });
}
