namespace Kthena.Routing.Matching;

/// <summary>RE2's named classes, which are ASCII, as the inside of a .NET class.</summary>
internal static class Re2Classes
{
    private static readonly string[] GeneralCategories =
    [
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
        "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co",
    ];

    /// <summary>The class of <c>\d</c>, <c>\s</c>, <c>\w</c> or their negations; null for another letter.</summary>
    public static string? OfEscape(char letter) => letter switch
    {
        'd' => "0-9",
        'D' => @"\x00-/:-\uFFFF",
        's' => @"\t\n\f\r ",
        'S' => @"\x00-\x08\x0b\x0e-\x1f!-\uFFFF",
        'w' => "0-9A-Z_a-z",
        'W' => @"\x00-/:-@\x5b-\x5e`{-\uFFFF",
        _ => null,
    };

    /// <summary>The class of <c>[:name:]</c> or <c>[:^name:]</c>; null for an unknown name.</summary>
    public static string? OfPosixName(ReadOnlySpan<char> name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "^alnum" => @"\x00-/:-@\x5b-`{-\uFFFF",
        "alpha" => "A-Za-z",
        "^alpha" => @"\x00-@\x5b-`{-\uFFFF",
        "ascii" => @"\x00-\x7f",
        "^ascii" => @"\x80-\uFFFF",
        "blank" => @"\t ",
        "^blank" => @"\x00-\x08\n-\x1f!-\uFFFF",
        "cntrl" => @"\x00-\x1f\x7f",
        "^cntrl" => @" -~\x80-\uFFFF",
        "digit" => "0-9",
        "^digit" => @"\x00-/:-\uFFFF",
        "graph" => "!-~",
        "^graph" => @"\x00- \x7f-\uFFFF",
        "lower" => "a-z",
        "^lower" => @"\x00-`{-\uFFFF",
        "print" => " -~",
        "^print" => @"\x00-\x1f\x7f-\uFFFF",
        "punct" => @"!-/:-@\x5b-`{-~",
        "^punct" => @"\x00- 0-9A-Za-z\x7f-\uFFFF",
        "space" => @"\t\n\v\f\r ",
        "^space" => @"\x00-\x08\x0e-\x1f!-\uFFFF",
        "upper" => "A-Z",
        "^upper" => @"\x00-@\x5b-\uFFFF",
        "word" => "0-9A-Z_a-z",
        "^word" => @"\x00-/:-@\x5b-\x5e`{-\uFFFF",
        "xdigit" => "0-9A-Fa-f",
        "^xdigit" => @"\x00-/:-@G-`g-\uFFFF",
        _ => null,
    };

    public static bool IsGeneralCategory(ReadOnlySpan<char> name)
    {
        foreach (string category in GeneralCategories)
        {
            if (name.SequenceEqual(category))
                return true;
        }
        return false;
    }
}
