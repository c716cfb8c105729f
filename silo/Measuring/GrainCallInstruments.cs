using System.Diagnostics.Metrics;

namespace Kthena.Silo.Measuring;

/// <summary>
/// What calls of this silo's grains cost: meter <c>Kthena.Silo</c>, histogram <c>kthena.grain.call.duration</c> in seconds, by
/// <c>grain</c>, <c>method</c> and <c>outcome</c>, which is <c>ok</c> or <c>fault</c>. Its count is the count of calls.
/// </summary>
internal sealed class GrainCallInstruments : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Kthena.Silo";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration;

    public GrainCallInstruments() =>
        _duration = _meter.CreateHistogram<double>("kthena.grain.call.duration", "s", "How long calls of grains took, by grain and method.");

    /// <summary>Whether somebody listens.</summary>
    public bool IsEnabled => _duration.Enabled;

    public void OnCallEnded(string grain, string method, bool isFault, TimeSpan duration) => _duration.Record(
        duration.TotalSeconds,
        new KeyValuePair<string, object?>("grain", grain),
        new KeyValuePair<string, object?>("method", method),
        new KeyValuePair<string, object?>("outcome", isFault ? "fault" : "ok"));

    public void Dispose() => _meter.Dispose();
}
