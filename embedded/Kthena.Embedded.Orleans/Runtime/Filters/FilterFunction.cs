using Orleans;

namespace Kthena.Embedded.Runtime;

/// <summary>A function as a filter.</summary>
internal sealed class FilterFunction(IncomingGrainCallFilterDelegate filter) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context) => filter(context);
}
