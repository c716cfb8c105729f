using System.Globalization;
using System.Text;

namespace Kthena.Router.Metrics;

/// <summary>
/// Writes numbers as Go's Prometheus library does (<c>strconv</c>'s <c>g</c>): the shortest digits that read back the same, with
/// an exponent below 1e-4 and from one million up.
/// </summary>
internal static class GoNumber
{
    private const int ExponentFrom = 6;
    private const int ExponentBelow = -4;

    public static void Append(StringBuilder text, double value)
    {
        if (double.IsNaN(value))
        {
            text.Append("NaN");
            return;
        }
        if (value < 0)
            text.Append('-');
        if (double.IsInfinity(value))
            text.Append(value > 0 ? "+Inf" : "Inf");
        else if (value == 0)
            text.Append('0');
        else
            AppendPositive(text, Math.Abs(value));
    }

    private static void AppendPositive(StringBuilder text, double value)
    {
        // "E16" may show digits that nobody needs; the round trip form is the shortest, only its layout differs from Go's.
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = shortest.IndexOf('E', StringComparison.Ordinal);
        int scale = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? shortest : shortest[..mark];
        int dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        int point = scale + (dot < 0 ? mantissa.Length : dot);
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        point -= zeros;
        int exponent = point - 1;
        if (exponent is < ExponentBelow or >= ExponentFrom)
        {
            text.Append(digits[0]);
            if (digits.Length > 1)
                text.Append('.').Append(digits, 1, digits.Length - 1);
            text.Append('e').Append(exponent < 0 ? '-' : '+').Append(CultureInfo.InvariantCulture, $"{Math.Abs(exponent):00}");
        }
        else if (point <= 0)
        {
            text.Append("0.").Append('0', -point).Append(digits);
        }
        else if (point >= digits.Length)
        {
            text.Append(digits).Append('0', point - digits.Length);
        }
        else
        {
            text.Append(digits, 0, point).Append('.').Append(digits, point, digits.Length - point);
        }
    }
}
