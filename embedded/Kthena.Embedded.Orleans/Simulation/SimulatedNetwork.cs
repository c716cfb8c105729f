using Kthena.Embedded.CodeGeneration;
using Kthena.Embedded.Runtime;
using Orleans;

namespace Kthena.Embedded.Simulation;

/// <summary>
/// Carries calls between the silos of a simulation: late, out of order, sometimes not at all. Also the directory of what is
/// active where. What stays within a silo is neither late nor lost.
/// </summary>
internal sealed class SimulatedNetwork(DeterministicDriver driver, SimulationFaults faults, Func<bool> isCalm) : IGrainNetwork
{
    private const int HopsMax = 8;
    private readonly Dictionary<(Type Class, string Key), DirectoryEntry> _directory = [];
    private readonly List<SimulatedSilo> _members = [];

    /// <summary>The silos that grains may be placed on, by their runtimes.</summary>
    public List<SimulatedSilo> Silos { get; } = [];

    public IEnumerable<SiloRuntime> Running => Silos.Where(silo => silo.Runs).Select(silo => silo.Runtime);

    public bool HasDoubledGrains => _directory.Values.Any(entry => entry.FormerHost is not null);

    public int RequestsLost { get; private set; }

    public int RepliesLost { get; private set; }

    public void Send(SiloRuntime sender, GrainByKey grain, GrainCall call) => Send(sender, grain, call, HopsMax);

    public void Carry(SiloRuntime sender, SiloRuntime receiver, Action message)
    {
        if (ReferenceEquals(sender, receiver))
        {
            message();
            return;
        }

        if (IsLost(faults.RequestsLost))
        {
            RequestsLost++;
            return;
        }

        ((SimulatedProcess)receiver.Turns).After(Delay(), message);
    }

    /// <summary>Takes an answer back to the process that asked.</summary>
    public void CarryAnswer(SimulatedProcess from, SimulatedProcess to, Action answer)
    {
        if (IsLost(faults.RepliesLost))
        {
            RepliesLost++;
            return;
        }

        to.After(Delay(), answer);
    }

    /// <summary>The silo that the silos believe to run and that weighs most for the grain: few grains move when silos come or go.</summary>
    public SiloRuntime? ReminderSilo(GrainClass grainClass, string key) =>
        _members.MaxBy(silo => StableHash.Of(silo.Name, grainClass.Name, key))?.Runtime;

    /// <summary>Takes a silo in that has started.</summary>
    public void Join(SimulatedSilo silo)
    {
        Silos.Add(silo);
        _members.Add(silo);
        TellMembers();
    }

    public void Ended(Activation activation)
    {
        if (_directory.TryGetValue((activation.Class.Type, activation.Key), out var entry))
        {
            if (ReferenceEquals(entry.FormerHost?.Runtime, activation.Silo))
            {
                entry.FormerHost = null;
            }
            else if (ReferenceEquals(entry.Host.Runtime, activation.Silo) && entry.FormerHost is null)
            {
                // With a former host the entry stays, so that the doubled grain is not forgotten.
                _directory.Remove((activation.Class.Type, activation.Key));
            }
        }
    }

    /// <summary>Forgets what was active on a silo that is gone.</summary>
    public void Forget(SimulatedSilo silo)
    {
        _members.Remove(silo);
        TellMembers();
        foreach (var (key, entry) in _directory.ToArray())
        {
            if (ReferenceEquals(entry.FormerHost, silo))
            {
                entry.FormerHost = null;
            }

            if (ReferenceEquals(entry.Host, silo))
            {
                Reunite(entry);
                _directory.Remove(key);
            }
        }
    }

    /// <summary>Loses one entry, so that its grain gets a second activation; returns it, or null if there is nothing to lose.</summary>
    /// <param name="grainClass">The name of the grain's class; null for any.</param>
    public DirectoryEntry? LoseEntry(string? grainClass = null)
    {
        var entries = _directory.Values
            .Where(entry => entry.FormerHost is null && entry.Host.Runs && (grainClass is null || entry.GrainClass.Name == grainClass))
            .ToArray();
        var others = Silos.Where(silo => silo.Runs).ToArray();
        if (entries.Length == 0 || others.Length < 2)
        {
            return null;
        }

        var entry = entries[driver.Chance.Next(entries.Length)];
        var rest = others.Where(silo => !ReferenceEquals(silo, entry.Host)).ToArray();
        entry.FormerHost = entry.Host;
        entry.Host = rest[driver.Chance.Next(rest.Length)];
        return entry;
    }

    /// <summary>Makes a grain single again: the activation that the directory no longer names goes.</summary>
    public static void Reunite(DirectoryEntry entry)
    {
        if (entry.FormerHost is { Runs: true } former)
        {
            former.Runtime.Catalog.Of(entry.GrainClass).Find(entry.Key)?.Deactivate(new DeactivationReason(
                DeactivationReasonCode.DuplicateActivation, "Another activation of the same grain was found."));
        }

        entry.FormerHost = null;
    }

    private void TellMembers()
    {
        foreach (var silo in Silos.Where(silo => silo.Runs && silo.Runtime.Reminders is not null))
        {
            silo.Process.After(Delay(), silo.Runtime.Reminders!.Load);
        }
    }

    private void Send(SiloRuntime sender, GrainByKey grain, GrainCall call, int hops)
    {
        if (Locate(grain) is not { } host || hops == 0)
        {
            RequestsLost++;
            return;
        }

        Carry(sender, host.Runtime, () => Arrive(host, grain, call, hops - 1));
    }

    /// <summary>A call that comes too late goes on to where the grain is now.</summary>
    private void Arrive(SimulatedSilo silo, GrainByKey grain, GrainCall call, int hops)
    {
        var here = silo.Runtime.Catalog.Of(grain.Class.Type);
        if (Locate(grain, silo) is { } host && ReferenceEquals(host, silo))
        {
            here.GetOrAdd(silo.Runtime, grain.Key).Push(call);
        }
        else
        {
            Send(silo.Runtime, grain, call, hops);
        }
    }

    private SimulatedSilo? Locate(GrainByKey grain, SimulatedSilo? asker = null)
    {
        if (!_directory.TryGetValue((grain.Class.Type, grain.Key), out var entry))
        {
            var running = Silos.Where(silo => silo.Runs).ToArray();
            if (running.Length == 0)
            {
                return null;
            }

            entry = new DirectoryEntry(grain.Class.Type, grain.Key, running[driver.Chance.Next(running.Length)]);
            _directory[(grain.Class.Type, grain.Key)] = entry;
        }

        return entry.FormerHost is { } former && (ReferenceEquals(asker, former) || (asker is null && driver.Chance.Next(2) == 0))
            ? former
            : entry.Host;
    }

    private bool IsLost(double share) => share > 0 && !isCalm() && driver.Chance.NextDouble() < share;

    private TimeSpan Delay() => TimeSpan.FromTicks(driver.Chance.NextInt64(1 + (isCalm() ? TimeSpan.TicksPerMillisecond : faults.DelayMax.Ticks)));
}
