using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Kthena.Model.Routing;

namespace Kthena.Routing.Scheduling;

/// <summary>One pick with all that it depended on: enough to explain it and to do it again.</summary>
/// <param name="Sequence">Counts the picks of this router from 1.</param>
/// <param name="RequestId">The request.</param>
/// <param name="SnapshotVersion">The version of the routing snapshot.</param>
/// <param name="Server">The model server, with its endpoints in the order of the observations.</param>
/// <param name="Profile">What the pick was made by: a later profile does not change what this one decided.</param>
/// <param name="Among">Whom the pick was among; default for every endpoint.</param>
/// <param name="PromptBlocks">How many blocks the prompt had.</param>
/// <param name="Seed">What decided between equals.</param>
/// <param name="Observations">What was known of each endpoint.</param>
/// <param name="Ranked">The indices of the best endpoints, best first.</param>
public sealed record PickRecord(
    long Sequence,
    string RequestId,
    long SnapshotVersion,
    RoutedServer Server,
    SchedulingProfile Profile,
    ImmutableArray<int> Among,
    int PromptBlocks,
    ulong Seed,
    ImmutableArray<EndpointObservation> Observations,
    ImmutableArray<int> Ranked)
{
    /// <summary>What the pick was for.</summary>
    public EndpointPhase Phase => Among.IsDefaultOrEmpty ? EndpointPhase.Whole : Server.Endpoints[Among[0]].Phase;

    /// <summary>The input of the pick.</summary>
    public PickInput Input => new() { Endpoints = Observations.AsSpan(), Among = Among, PromptBlocks = PromptBlocks, Seed = Seed };
}

/// <summary>The last picks of a router. Writing copies into arrays that are used again, so that it allocates nothing.</summary>
/// <param name="capacity">How many picks to keep at most.</param>
/// <param name="bytesMax">How many bytes what was known of their endpoints may take; the newest pick is kept whatever it takes.</param>
public sealed class PickLog(int capacity, long bytesMax = PickLog.DefaultBytesMax)
{
    /// <summary>All of the default's picks among a thousand endpoints, about forty among ten thousand.</summary>
    public const long DefaultBytesMax = 16 * 1024 * 1024;

    private readonly Entry[] _entries = new Entry[capacity];
    private readonly long _observationsMax = bytesMax / Unsafe.SizeOf<EndpointObservation>();
    private readonly Lock _lock = new();
    private long _count;
    private long _forgotten;
    private long _observations;

    /// <summary>The bytes of what is known of the endpoints of all picks that are kept.</summary>
    public long BytesReserved
    {
        get
        {
            lock (_lock)
                return _observations * Unsafe.SizeOf<EndpointObservation>();
        }
    }

    /// <summary>Keeps a pick; the oldest give way.</summary>
    /// <param name="requestId">The request.</param>
    /// <param name="snapshotVersion">The version of the routing snapshot.</param>
    /// <param name="server">The model server.</param>
    /// <param name="profile">What it was made by.</param>
    /// <param name="input">What the pick depended on.</param>
    /// <param name="ranked">What it gave.</param>
    public void Add(string requestId, long snapshotVersion, RoutedServer server, SchedulingProfile profile, in PickInput input, ReadOnlySpan<int> ranked)
    {
        lock (_lock)
        {
            EndpointObservation[] observations = RoomFor(input.Endpoints.Length);
            ref Entry entry = ref _entries[_count % _entries.Length];
            entry.Sequence = ++_count;
            (entry.RequestId, entry.SnapshotVersion, entry.Server, entry.Profile) = (requestId, snapshotVersion, server, profile);
            (entry.Among, entry.PromptBlocks, entry.Seed) = (input.Among, input.PromptBlocks, input.Seed);
            (entry.Endpoints, entry.Observations) = (input.Endpoints.Length, observations);
            input.Endpoints.CopyTo(observations);
            entry.Ranked ??= new int[SchedulingProfile.RankedMax];
            entry.RankedCount = ranked.Length;
            ranked.CopyTo(entry.Ranked);
        }
    }

    /// <summary>The picks that are kept, newest first.</summary>
    /// <param name="countMax">How many at most.</param>
    public ImmutableArray<PickRecord> Latest(int countMax)
    {
        lock (_lock)
        {
            int count = (int)Math.Min(_count - _forgotten, countMax);
            var records = ImmutableArray.CreateBuilder<PickRecord>(count);
            for (int back = 0; back < count; back++)
                records.Add(_entries[(_count - 1 - back) % _entries.Length].ToRecord());
            return records.DrainToImmutable();
        }
    }

    /// <summary>Room for what is known of some endpoints: that of an old pick where it fits, which is nearly always.</summary>
    private EndpointObservation[] RoomFor(int endpoints)
    {
        EndpointObservation[]? room = null;
        while (_count > _forgotten && (_count - _forgotten == _entries.Length || _observations + endpoints > _observationsMax))
        {
            ref Entry oldest = ref _entries[_forgotten++ % _entries.Length];
            room = oldest.Observations!;
            _observations -= room.Length;
            oldest = new Entry { Ranked = oldest.Ranked };
        }
        // One that is much too long would be counted for what it is, and push out more than it must.
        if (room is null || room.Length < endpoints || room.Length > endpoints * 2)
            room = new EndpointObservation[endpoints];
        _observations += room.Length;
        return room;
    }

    private struct Entry
    {
        public long Sequence;
        public string RequestId;
        public long SnapshotVersion;
        public RoutedServer Server;
        public SchedulingProfile Profile;
        public ImmutableArray<int> Among;
        public int PromptBlocks;
        public ulong Seed;
        public int Endpoints;
        public EndpointObservation[]? Observations;
        public int[]? Ranked;
        public int RankedCount;

        public readonly PickRecord ToRecord() => new(
            Sequence, RequestId, SnapshotVersion, Server, Profile, Among, PromptBlocks, Seed,
            [.. Observations.AsSpan(0, Endpoints)], [.. Ranked.AsSpan(0, RankedCount)]);
    }
}
