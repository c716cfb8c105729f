using System.Text;

namespace Kthena.Router.Metrics;

/// <summary>Prometheus' text format, version 0.0.4, laid out as Go's library does: labels by name, numbers by <see cref="GoNumber"/>.</summary>
internal sealed class ExpositionText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>Writes families in order of their names.</summary>
    public static byte[] Write(IEnumerable<IMetricFamily> families)
    {
        var text = new ExpositionText();
        foreach (IMetricFamily family in families.OrderBy(static family => family.Name, StringComparer.Ordinal))
            family.Write(text);
        return Encoding.UTF8.GetBytes(text._text.ToString());
    }

    public void Header(string name, string description, string kind)
    {
        _text.Append("# HELP ").Append(name).Append(' ');
        Escape(description, escapesQuotes: false);
        _text.Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
    }

    public void Sample(string name, string suffix, string[] labels, in LabelValues values, double value)
    {
        _text.Append(name).Append(suffix);
        Labels(labels, values, bound: null);
        _text.Append(' ');
        GoNumber.Append(_text, value);
        _text.Append('\n');
    }

    public void Bucket(string name, string[] labels, in LabelValues values, double bound, long count)
    {
        _text.Append(name).Append("_bucket");
        Labels(labels, values, bound);
        _text.Append(' ');
        GoNumber.Append(_text, count);
        _text.Append('\n');
    }

    private void Labels(string[] labels, in LabelValues values, double? bound)
    {
        if (labels.Length == 0 && bound is null)
            return;
        char separator = '{';
        Span<int> order = stackalloc int[labels.Length];
        Order(labels, order);
        foreach (int index in order)
        {
            _text.Append(separator).Append(labels[index]).Append("=\"");
            Escape(values[index], escapesQuotes: true);
            _text.Append('"');
            separator = ',';
        }
        if (bound is { } upper)
        {
            _text.Append(separator).Append("le=\"");
            GoNumber.Append(_text, upper);
            _text.Append('"');
        }
        _text.Append('}');
    }

    private static void Order(string[] labels, Span<int> order)
    {
        for (int index = 0; index < order.Length; index++)
        {
            int place = index;
            for (; place > 0 && string.CompareOrdinal(labels[order[place - 1]], labels[index]) > 0; place--)
                order[place] = order[place - 1];
            order[place] = index;
        }
    }

    private void Escape(string value, bool escapesQuotes)
    {
        foreach (char character in value)
        {
            switch (character)
            {
                case '\\':
                    _text.Append("\\\\");
                    break;
                case '\n':
                    _text.Append("\\n");
                    break;
                case '"' when escapesQuotes:
                    _text.Append("\\\"");
                    break;
                default:
                    _text.Append(character);
                    break;
            }
        }
    }
}
