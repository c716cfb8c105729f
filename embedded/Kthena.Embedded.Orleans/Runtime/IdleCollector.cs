using Orleans;

namespace Kthena.Embedded.Runtime;

/// <summary>
/// Deactivates grains that nobody has called for the collection age. Time is counted in quanta, so a call costs one store.
/// </summary>
internal sealed class IdleCollector : IDisposable
{
    private readonly SiloRuntime _silo;
    private readonly TimeSpan _quantum;
    private readonly int _quantaToWait;
    private readonly ITimer _timer;

    public IdleCollector(SiloRuntime silo, TimeSpan quantum, TimeSpan age)
    {
        _silo = silo;
        _quantum = quantum;
        _quantaToWait = (int)Math.Clamp(Math.Ceiling(age / quantum), 1, int.MaxValue);
        _timer = Detached.CreateTimer(silo.HousekeepingTime, static self => ((IdleCollector)self!).Collect(), this, quantum);
    }

    public void Dispose() => _timer.Dispose();

    private void Collect()
    {
        var idle = new List<Activation>();
        foreach (var activation in _silo.Catalog.Classes.Where(kind => !kind.IsKeptAlive).SelectMany(kind => kind.Activations))
        {
            if (activation.Touched || !activation.IsValid)
            {
                activation.Touched = false;
                activation.IdleQuanta = 0;
            }
            else if (!activation.IsBusy && ++activation.IdleQuanta >= _quantaToWait && activation.MayBeCollected)
            {
                idle.Add(activation);
            }
        }

        // The dictionary's order differs from process to process; what follows from it must not.
        foreach (var activation in idle.OrderBy(one => one.Class.Name, StringComparer.Ordinal).ThenBy(one => one.Key, StringComparer.Ordinal))
        {
            activation.Deactivate(new DeactivationReason(
                DeactivationReasonCode.ActivationIdle, "No call came for the collection age."));
        }

        if (idle.Count > 0)
        {
            Log.Collected(_silo.Logger, idle.Count);
        }

        _timer.Change(_quantum, Timeout.InfiniteTimeSpan);
    }
}
