using System.Globalization;

namespace Kthena.Planning.Gang;

/// <summary>An amount of a resource, exact: <c>1500m</c> of CPU, <c>2Gi</c> of memory.</summary>
/// <param name="Value">The amount in whole units.</param>
/// <param name="IsBinary">Whether it is written with powers of 1024.</param>
internal readonly record struct Quantity(decimal Value, bool IsBinary)
{
    private static readonly (string Suffix, decimal Factor)[] Binary =
    [
        ("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("Pi", 1125899906842624m), ("Ei", 1152921504606846976m),
    ];

    private static readonly (string Suffix, decimal Factor)[] Decimal =
    [
        ("n", 0.000000001m), ("u", 0.000001m), ("m", 0.001m), ("", 1m),
        ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    /// <summary>Reads an amount.</summary>
    /// <param name="text">The amount as the API has it.</param>
    /// <returns>Null when it is none, or too large to count with.</returns>
    public static Quantity? Parse(string text)
    {
        foreach ((string suffix, decimal factor) in Binary)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal))
                return Read(text[..^suffix.Length], factor, isBinary: true, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign);
        }
        (string unit, decimal times) = Decimal.FirstOrDefault(
            known => known.Suffix.Length > 0 && text.EndsWith(known.Suffix, StringComparison.Ordinal), (Suffix: "", Factor: 1m));
        return Read(text[..^unit.Length], times, isBinary: false, NumberStyles.Float);
    }

    /// <summary>The sum, in the first one's way of writing.</summary>
    public static Quantity operator +(Quantity one, Quantity other) =>
        new(one.Value + other.Value, one.Value == 0 ? other.IsBinary : one.IsBinary);

    /// <summary>The multiple.</summary>
    public static Quantity operator *(Quantity one, int times) => one with { Value = one.Value * times };

    /// <summary>As the API writes it: the largest unit without a fraction.</summary>
    public override string ToString()
    {
        // Small amounts are written in decimal, as the API does.
        if (IsBinary && Math.Abs(Value) >= 1024)
        {
            decimal whole = Math.Ceiling(Value);
            (string suffix, decimal factor) = Binary.LastOrDefault(unit => whole % unit.Factor == 0, (Suffix: "", Factor: 1m));
            return Write(whole / factor, suffix);
        }
        decimal rounded = Math.Ceiling(Value * 1e9m) / 1e9m;
        (string name, decimal size) = rounded == 0 ? ("", 1m) : Decimal.Last(unit => rounded % unit.Factor == 0);
        return Write(rounded / size, name);
    }

    private static string Write(decimal number, string suffix) => number.ToString("0.#########", CultureInfo.InvariantCulture) + suffix;

    private static Quantity? Read(string number, decimal factor, bool isBinary, NumberStyles styles)
    {
        if (!decimal.TryParse(number, styles, CultureInfo.InvariantCulture, out decimal value) || Math.Abs(value) > 1e19m / factor)
            return null;
        return new Quantity(value * factor, isBinary);
    }
}
