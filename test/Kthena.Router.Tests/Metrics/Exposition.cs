using System.Globalization;
using System.Text;

namespace Kthena.Router.Tests.Metrics;

/// <summary>One line of an exposition.</summary>
internal sealed record Sample(string Name, Dictionary<string, string> Labels, double Value);

/// <summary>A reader of Prometheus' text format that forgives nothing.</summary>
internal static class Exposition
{
    public static List<Sample> Parse(string text)
    {
        text.ShouldEndWith("\n");
        var samples = new List<Sample>();
        var types = new Dictionary<string, string>();
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                string[] words = line.Split(' ');
                words[3].ShouldBeOneOf("counter", "gauge", "histogram");
                types.TryAdd(words[2], words[3]).ShouldBeTrue($"{words[2]} comes twice");
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Sample sample = Line(line);
                types.Keys.ShouldContain(name => sample.Name == name
                    || (types[name] == "histogram" && sample.Name.StartsWith(name, StringComparison.Ordinal)), line);
                samples.Add(sample);
            }
        }
        samples.Select(static sample => sample.Name + string.Join(',', sample.Labels)).Distinct().Count().ShouldBe(samples.Count);
        return samples;
    }

    private static Sample Line(string line)
    {
        int at = line.AsSpan().IndexOfAny('{', ' ');
        string name = line[..at];
        var labels = new Dictionary<string, string>();
        if (line[at] == '{')
        {
            while (line[at] != '}')
            {
                int equals = line.IndexOf('=', at);
                string label = line[(at + 1)..equals];
                line[equals + 1].ShouldBe('"', line);
                (string value, at) = Quoted(line, equals + 2);
                labels.Add(label, value);
                line[at].ShouldBeOneOf(',', '}');
            }
            at++;
        }
        line[at].ShouldBe(' ', line);
        string number = line[(at + 1)..];
        double parsed = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(number, CultureInfo.InvariantCulture),
        };
        return new Sample(name, labels, parsed);
    }

    private static (string Value, int After) Quoted(string line, int at)
    {
        var value = new StringBuilder();
        for (; line[at] != '"'; at++)
            value.Append(line[at] != '\\' ? line[at] : line[++at] == 'n' ? '\n' : line[at]);
        return (value.ToString(), at + 1);
    }
}
