using Orleans;

namespace Kthena.Silo.Measuring;

/// <summary>Measures every call of a grain of this silo, from the start of its first turn to the end of its last.</summary>
/// <param name="instruments">Where to.</param>
/// <param name="time">The clock.</param>
internal sealed class GrainCallMeter(GrainCallInstruments instruments, TimeProvider time) : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public Task Invoke(IIncomingGrainCallContext context) => instruments.IsEnabled ? MeasureAsync(context) : context.Invoke();

    private async Task MeasureAsync(IIncomingGrainCallContext context)
    {
        long start = time.GetTimestamp();
        bool isFault = true;
        try
        {
            await context.Invoke();
            isFault = false;
        }
        finally
        {
            instruments.OnCallEnded(context.Grain.GetType().Name, context.MethodName, isFault, time.GetElapsedTime(start));
        }
    }
}
