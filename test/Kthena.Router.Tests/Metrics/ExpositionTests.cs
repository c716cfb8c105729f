using System.Text;
using Kthena.Router.Metrics;

namespace Kthena.Router.Tests.Metrics;

public sealed class ExpositionTests
{
    [Fact]
    public void Families_AreWrittenAsPrometheusReadsThem()
    {
        var counters = new MetricFamily<Counter>("b_total", "Back\\slash\nand line.", ["model", "code"], static () => new Counter(), 100);
        counters.At(new LabelValues("z", "200")).Add(1_000_000);
        counters.At(new LabelValues("a\"b\\c\nd", "404")).Add(2);
        var histograms = new MetricFamily<Histogram>("a_seconds", "Seconds.", ["path"], static () => new Histogram([.005, 1]), 100);
        Histogram histogram = histograms.At(new LabelValues("/x"));
        histogram.Observe(.005);
        histogram.Observe(.5);
        histogram.Observe(2);
        var gauges = new MetricFamily<Gauge>("c", "Now.", [], static () => new Gauge(), 100);
        gauges.At(default).Increment();
        var empty = new MetricFamily<Gauge>("d", "Nothing.", [], static () => new Gauge(), 100);
        var observed = new ObservedFamily("e", "Read.", "gauge", label: null, static () => [("", 1.5)]);

        string text = Encoding.UTF8.GetString(ExpositionText.Write([observed, empty, gauges, counters, histograms]));

        text.ShouldBe("""
            # HELP a_seconds Seconds.
            # TYPE a_seconds histogram
            a_seconds_bucket{path="/x",le="0.005"} 1
            a_seconds_bucket{path="/x",le="1"} 2
            a_seconds_bucket{path="/x",le="+Inf"} 3
            a_seconds_sum{path="/x"} 2.505
            a_seconds_count{path="/x"} 3
            # HELP b_total Back\\slash\nand line.
            # TYPE b_total counter
            b_total{code="404",model="a\"b\\c\nd"} 2
            b_total{code="200",model="z"} 1e+06
            # HELP c Now.
            # TYPE c gauge
            c 1
            # HELP e Read.
            # TYPE e gauge
            e 1.5

            """);
    }

    [Fact]
    public void Family_ThatIsFull_SharesOneSeries()
    {
        var family = new MetricFamily<Counter>("x_total", "X.", ["model"], static () => new Counter(), seriesMax: 3);

        for (int model = 0; model < 1000; model++)
            family.At(new LabelValues($"model-{model}")).Add(1);

        List<Sample> samples = Exposition.Parse(Encoding.UTF8.GetString(ExpositionText.Write([family])));
        samples.Count.ShouldBe(4);
        samples.Single(static sample => sample.Labels["model"] == "other").Value.ShouldBe(997);
    }

    [Fact]
    public void LabelBudget_ThatIsSpent_GivesOther()
    {
        var budget = new LabelBudget(2);

        new[] { "a", "b", "c", "a" }.Select(budget.Bound).ShouldBe(["a", "b", "other", "a"]);
    }

    [Fact]
    public void KnownSeries_IsFoundWithoutAllocation()
    {
        var family = new MetricFamily<Histogram>("x", "X.", ["a", "b", "c", "d", "e", "f", "g", "h"], static () => new Histogram([1, 2]), 100);
        string[] values = [.. Enumerable.Range(0, 8).Select(static index => $"value-{index}")];
        Observe(family, values);

        // The runtime may compile a method anew in between, on this thread's account.
        Enumerable.Range(0, 5).Min(_ => AllocatedBy(1000)).ShouldBe(0);

        long AllocatedBy(int rounds)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < rounds; round++)
                Observe(family, values);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Histogram_UnderManyThreads_LosesNothing()
    {
        var histogram = new Histogram([.5]);

        Parallel.For(0, 10_000, _ => histogram.Observe(.25));

        var family = new MetricFamily<Histogram>("x", "X.", [], () => histogram, 1);
        family.At(default);
        List<Sample> samples = Exposition.Parse(Encoding.UTF8.GetString(ExpositionText.Write([family])));
        samples.Single(static sample => sample.Name == "x_count").Value.ShouldBe(10_000);
        samples.Single(static sample => sample.Name == "x_sum").Value.ShouldBe(2_500);
    }

    private static void Observe(MetricFamily<Histogram> family, string[] values) =>
        family.At(new LabelValues(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7])).Observe(1.5);
}
