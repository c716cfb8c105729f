using System.Collections.Immutable;
using Kthena.Model.Routing;

namespace Kthena.Routing.KvIndex;

/// <summary>A <see cref="KvBlockIndex"/> whose endpoints have names. Not thread-safe.</summary>
/// <param name="budgetBytes">The most memory that blocks may use.</param>
public sealed class PrefixIndex(long budgetBytes)
{
    /// <summary>More endpoints are not recorded: so many are no model server, but a fault.</summary>
    public const int EndpointsMax = 16 * 1024;

    private readonly KvBlockIndex _index = new(budgetBytes);
    private readonly SortedDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly Stack<int> _freeNumbers = new();
    private readonly List<string> _names = [];
    private int[] _matched = [];

    /// <summary>The blocks.</summary>
    public KvBlockIndex Blocks => _index;

    /// <summary>The endpoints that hold anything.</summary>
    public int EndpointCount => _numbers.Count;

    /// <summary>Notes that an endpoint holds a prompt, or soon will.</summary>
    /// <param name="endpointUid">The endpoint.</param>
    /// <param name="chain">The chained hashes of the prompt's blocks, in order.</param>
    public void Record(string endpointUid, ReadOnlySpan<ulong> chain)
    {
        if (!_numbers.TryGetValue(endpointUid, out int number))
        {
            if (_numbers.Count >= EndpointsMax)
                return;
            number = TakeNumber(endpointUid);
            _numbers.Add(endpointUid, number);
        }
        _index.Record(number, chain);
    }

    /// <summary>The endpoints that hold the beginning of a prompt.</summary>
    /// <param name="chain">The chained hashes of the prompt's blocks, in order.</param>
    public ImmutableArray<PrefixMatch> Match(ReadOnlySpan<ulong> chain)
    {
        if (_matched.Length < _names.Count)
            _matched = new int[Math.Max(64, _names.Count * 2)];
        Span<int> matched = _matched.AsSpan(0, _names.Count);
        if (_index.Match(chain, matched) == 0)
            return [];
        int holders = matched.Length - matched.Count(0);
        var matches = ImmutableArray.CreateBuilder<PrefixMatch>(holders);
        for (int number = 0; number < matched.Length; number++)
        {
            if (matched[number] > 0)
                matches.Add(new PrefixMatch(_names[number], matched[number]));
        }
        return matches.DrainToImmutable();
    }

    /// <summary>Forgets every endpoint that is not among those given.</summary>
    /// <param name="live">The endpoints that are there.</param>
    public void Retain(ImmutableArray<string> live)
    {
        var kept = live.ToHashSet(StringComparer.Ordinal);
        foreach ((string name, int number) in _numbers.Where(pair => !kept.Contains(pair.Key)).ToArray())
        {
            _index.Remove(number);
            _numbers.Remove(name);
            _freeNumbers.Push(number);
        }
    }

    private int TakeNumber(string name)
    {
        if (_freeNumbers.TryPop(out int number))
        {
            _names[number] = name;
            return number;
        }
        _names.Add(name);
        return _names.Count - 1;
    }
}
