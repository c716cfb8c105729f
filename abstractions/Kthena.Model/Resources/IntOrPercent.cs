using System.Globalization;

namespace Kthena.Model.Resources;

/// <summary>A count, or a share of a count in percent: Kubernetes' IntOrString where a percentage is meant.</summary>
public readonly record struct IntOrPercent
{
    private IntOrPercent(int value, bool isPercent) => (Value, IsPercent) = (value, isPercent);

    /// <summary>The count, or the percentage.</summary>
    public int Value { get; }

    /// <summary>Whether <see cref="Value"/> is in percent.</summary>
    public bool IsPercent { get; }

    /// <summary>A plain count.</summary>
    /// <param name="value">The count.</param>
    public static IntOrPercent FromInt(int value) => new(value, isPercent: false);

    /// <summary>Reads <c>25%</c>.</summary>
    /// <param name="text">Digits followed by a percent sign.</param>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static IntOrPercent Parse(string text) =>
        text.EndsWith('%') && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent)
            ? new IntOrPercent(percent, isPercent: true)
            : throw new FormatException($"'{text}' is neither an integer nor a percentage such as 25%.");

    /// <summary>The count that this stands for.</summary>
    /// <param name="total">What 100% is.</param>
    /// <param name="roundUp">Whether a fraction counts as one more.</param>
    public int Resolve(int total, bool roundUp)
    {
        if (!IsPercent)
            return Value;
        long scaled = (long)Value * total;
        return (int)((roundUp ? scaled + 99 : scaled) / 100);
    }
}
