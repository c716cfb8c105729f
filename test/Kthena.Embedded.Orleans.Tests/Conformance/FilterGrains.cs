using Orleans;
using Orleans.Runtime;

namespace Kthena.Conformance;

public interface IFiltered : IGrainWithStringKey
{
    Task<int> Twice(int number);

    Task<int> Fail();

    Task Nothing();

    [Orleans.Concurrency.OneWay]
    Task Tell();
}

/// <summary>Filters its own calls too.</summary>
public sealed class FilteredGrain : Grain, IFiltered, IIncomingGrainCallFilter
{
    private string Me => this.GetPrimaryKeyString();

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        Signals.Note(Me, $"own before {context.MethodName}");
        try
        {
            await context.Invoke();
        }
        finally
        {
            Signals.Note(Me, $"own after {context.Result ?? "nothing"}");
        }
    }

    public Task<int> Twice(int number)
    {
        Signals.Note(Me, $"method in {RequestContext.Get("filter")}");
        return Task.FromResult(2 * number);
    }

    public Task<int> Fail() => throw new BoundaryException("method", 1);

    public Task Nothing() => Task.CompletedTask;

    public Task Tell()
    {
        Signals.Set($"{Me}/told");
        return Task.CompletedTask;
    }
}

/// <summary>The silo's first filter; what it does is in the key of the grain that is called.</summary>
public sealed class FirstFilter : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is not FilteredGrain grain)
        {
            await context.Invoke();
            return;
        }

        var key = grain.GetPrimaryKeyString();
        Signals.Note(key, $"first before {context.InterfaceName[^"IFiltered".Length..]}.{context.MethodName} of {context.TargetId.Type}");
        RequestContext.Set("filter", "context");
        switch (key.Split('/')[^1])
        {
            case "answer":
                context.Result = 100;
                return;
            case "drop":
                return;
            case "refuse":
                throw new BoundaryException("filter", 2);
            case "heal":
                await RecoverAsync(context, -1);
                break;
            case "swallow":
                await RecoverAsync(context, null);
                break;
            case "again":
                await RecoverAsync(context, null);
                await context.Invoke();
                break;
            default:
                await context.Invoke();
                break;
        }

        Signals.Note(key, $"first after {context.Result ?? "nothing"}");
    }

    private static async Task RecoverAsync(IIncomingGrainCallContext context, int? instead)
    {
        try
        {
            await context.Invoke();
        }
        catch (BoundaryException)
        {
            if (instead is { } result)
            {
                context.Result = result;
            }
        }
    }
}
