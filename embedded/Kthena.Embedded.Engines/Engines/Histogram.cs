using System.Globalization;
using System.Text;

namespace Kthena.Embedded.Engines;

/// <summary>A Prometheus histogram of seconds.</summary>
internal sealed class Histogram(params double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    /// <summary>vLLM's buckets of the time to the first token.</summary>
    public static Histogram ForFirstToken() =>
        new(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80);

    /// <summary>vLLM's buckets of the time between tokens.</summary>
    public static Histogram ForNextToken() =>
        new(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80);

    /// <summary>vLLM's buckets of a whole request.</summary>
    public static Histogram ForRequest() =>
        new(0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680);

    public void Observe(TimeSpan value)
    {
        double seconds = value.TotalSeconds;
        int bucket = Array.FindIndex(bounds, bound => seconds <= bound);
        lock (_counts)
        {
            _counts[bucket < 0 ? bounds.Length : bucket]++;
            _sum += seconds;
        }
    }

    /// <summary>Writes the samples in Prometheus' text format.</summary>
    public void Write(StringBuilder text, string name, string labels)
    {
        lock (_counts)
        {
            long total = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                total += _counts[i];
                string bound = i < bounds.Length ? bounds[i].ToString("0.0##", CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels},le=\"{bound}\"}} {total}\n");
            }
            text.Append(CultureInfo.InvariantCulture, $"{name}_count{{{labels}}} {total}\n{name}_sum{{{labels}}} {_sum}\n");
        }
    }
}
