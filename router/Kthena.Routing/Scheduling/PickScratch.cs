namespace Kthena.Routing.Scheduling;

/// <summary>The arrays that a pick works in, so that picking allocates nothing. For one pick at a time.</summary>
public sealed class PickScratch
{
    private int[] _candidates = [];
    private float[] _scores = [];
    private float[] _totals = [];
    private EndpointObservation[] _observations = [];

    /// <summary>Room for the observations of a pick, with old content.</summary>
    /// <param name="count">How many endpoints there are.</param>
    public Span<EndpointObservation> Observations(int count)
    {
        if (_observations.Length < count)
            _observations = new EndpointObservation[count];
        return _observations.AsSpan(0, count);
    }

    internal Span<int> Candidates(int count)
    {
        if (_candidates.Length < count)
        {
            _candidates = new int[count];
            _scores = new float[count];
            _totals = new float[count];
        }
        return _candidates.AsSpan(0, count);
    }

    internal Span<float> Scores(int count) => _scores.AsSpan(0, count);

    internal Span<float> Totals(int count) => _totals.AsSpan(0, count);
}
