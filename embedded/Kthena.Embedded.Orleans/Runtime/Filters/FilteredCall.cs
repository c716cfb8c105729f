using System.Runtime.ExceptionServices;
using Kthena.Embedded.CodeGeneration;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// One call on its way through the silo's filters, then the grain's own, then the method. A filter may go on more than once, as
/// one does that tries again.
/// </summary>
internal sealed class FilteredCall : IIncomingGrainCallContext
{
    private readonly GrainCall _call;
    private readonly Activation _activation;
    private readonly object _grain;
    private readonly IIncomingGrainCallFilter[] _filters;
    private int _passed;
    private bool _isAnswered;
    private object? _result;
    private ExceptionDispatchInfo? _fault;

    private FilteredCall(GrainCall call, Activation activation)
    {
        _call = call;
        _activation = activation;
        _grain = activation.Instance!;
        _filters = activation.Silo.CallFilters;
    }

    public object Grain => _grain;

    public GrainId TargetId => _activation.GrainId;

    public string InterfaceName => _call.InterfaceName;

    public string MethodName => _call.MethodName;

    public IGrainContext TargetContext => _activation;

    public object? Result
    {
        get => _fault is null ? _result : null;
        set
        {
            _result = value;
            _fault = null;
            _isAnswered = true;
        }
    }

    /// <summary>Takes a call through all filters. A failure that no filter replaced by a result is thrown, even if one caught it.</summary>
    public static async Task<object?> RunAsync(GrainCall call, Activation activation)
    {
        var filtered = new FilteredCall(call, activation);
        await filtered.Invoke();
        filtered._fault?.Throw();
        return filtered._result;
    }

    public async Task Invoke()
    {
        var at = _passed;
        if (at > _filters.Length + 1)
        {
            throw new InvalidOperationException($"A filter went on with {_call.Description} while its method ran already.");
        }

        _passed++;
        try
        {
            if (FilterAt(at) is { } filter)
            {
                await filter.Invoke(this);
                if (!_isAnswered)
                {
                    throw new InvalidOperationException(
                        $"The filter {filter.GetType()} neither went on with {_call.Description} nor gave a result. Await the "
                        + $"context's {nameof(Invoke)} or set its {nameof(Result)}.");
                }
            }
            else
            {
                _passed = _filters.Length + 2;
                await CallMethodAsync();
            }
        }
        finally
        {
            _passed = at;
        }
    }

    private IIncomingGrainCallFilter? FilterAt(int place) =>
        place < _filters.Length ? _filters[place]
        : place == _filters.Length ? _grain as IIncomingGrainCallFilter
        : null;

    private async Task CallMethodAsync()
    {
        try
        {
            Result = await _call.ExecuteBoxed(_grain);
        }
        catch (Exception exception)
        {
            _isAnswered = true;
            _fault = ExceptionDispatchInfo.Capture(exception);
            throw;
        }
    }
}
