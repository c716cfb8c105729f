using System.Buffers;
using System.Globalization;
using System.Text;

namespace Kthena.Routing.Matching;

/// <summary>
/// Writes an RE2 expression (syntax: github.com/google/re2/wiki/Syntax) in .NET's dialect so that the same texts match. What
/// cannot be said in it is refused with the position. Greediness is dropped: whether a text matches does not depend on it.
/// </summary>
internal ref struct Re2Translation
{
    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    private const int RepetitionsMax = 1000;
    private static readonly SearchValues<char> CountChars = SearchValues.Create("0123456789,");

    private readonly ReadOnlySpan<char> _source;
    private readonly StringBuilder _target;
    private readonly Stack<bool> _outerMultiline;
    private int _at;
    private bool _isMultiline;
    private bool _hasBoundary;
    private bool _hasNonAscii;
    private string _fault = "";

    private Re2Translation(string source)
    {
        _source = source;
        _target = new StringBuilder(source.Length + 16);
        _outerMultiline = new Stack<bool>();
    }

    /// <param name="source">The expression.</param>
    /// <param name="translated">The same for .NET.</param>
    /// <param name="folding">What must be made of a text first.</param>
    /// <param name="fault">What cannot be said, and where; empty when all can.</param>
    public static bool TryTranslate(string source, out string translated, out TextFolding folding, out string fault)
    {
        var translation = new Re2Translation(source) { _hasNonAscii = source.AsSpan().ContainsAnyExceptInRange('\0', '\x7f') };
        while (translation._at < source.Length && translation._fault.Length == 0)
            translation.Element();
        translated = translation._target.ToString();
        // A boundary lies between ASCII letters and anything else, in .NET between letters of all scripts and anything else.
        folding = translation._hasNonAscii ? TextFolding.None : translation._hasBoundary ? TextFolding.NonAscii : TextFolding.BeyondPlane0;
        if (translation is { _hasBoundary: true, _hasNonAscii: true, _fault: "" })
            translation.RefuseAt(0, "a word boundary beside what is not ASCII");
        fault = translation._fault.Length == 0 ? "" : $"cannot use {translation._fault} at position {translation._at} of '{source}'";
        return translation._fault.Length == 0;
    }

    private void Element()
    {
        switch (_source[_at])
        {
            case '\\':
                Escape();
                break;
            case '[':
                Class();
                break;
            case '(':
                Group();
                break;
            case ')':
                if (_outerMultiline.TryPop(out bool outer))
                    _isMultiline = outer;
                Copy(1);
                break;
            case '{' when RepeatsTooOften():
                Refuse("more than a thousand repetitions");
                break;
            case '$':
                _target.Append(_isMultiline ? "(?m:$)" : @"\z");
                _at++;
                break;
            case '^':
                _target.Append(_isMultiline ? "(?m:^)" : @"\A");
                _at++;
                break;
            default:
                Copy(1);
                break;
        }
    }

    private readonly bool RepeatsTooOften()
    {
        ReadOnlySpan<char> rest = _source[(_at + 1)..];
        int end = rest.IndexOf('}');
        if (end < 1 || rest[..end].ContainsAnyExcept(CountChars))
            return false;
        foreach (Range part in rest[..end].Split(','))
        {
            if (!rest[part].IsEmpty && (!int.TryParse(rest[part], NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > RepetitionsMax))
                return true;
        }
        return false;
    }

    private void Group()
    {
        ReadOnlySpan<char> rest = _source[_at..];
        _outerMultiline.Push(_isMultiline);
        if (!rest.StartsWith("(?"))
        {
            Copy(1);
            return;
        }
        if (!rest.StartsWith("(?P<") && !(rest.StartsWith("(?<") && rest.Length > 3 && rest[3] is not ('=' or '!')))
        {
            Flags(rest);
            return;
        }
        int name = rest[2] == 'P' ? 4 : 3;
        int end = rest.IndexOf('>');
        if (end <= name || rest[name..end].ContainsAnyExcept(NameChars))
        {
            Refuse("a malformed group name");
            return;
        }
        // The name is of no use for matching, and .NET refuses some that RE2 has.
        _target.Append('(');
        _at += end + 1;
    }

    /// <summary><c>(?flags)</c> or <c>(?flags:</c>; of RE2's flags i, m, s and U the last means nothing here.</summary>
    private void Flags(ReadOnlySpan<char> rest)
    {
        var on = new StringBuilder();
        var off = new StringBuilder();
        bool isOff = false;
        int index = 2;
        for (; index < rest.Length && rest[index] is not (':' or ')'); index++)
        {
            switch (rest[index])
            {
                // Something must be turned off then.
                case '-' when !isOff && rest[index..] is not ("-" or ['-', ':' or ')', ..]):
                    isOff = true;
                    break;
                case 'm':
                    _isMultiline = !isOff;
                    break;
                case 'i' or 's':
                    (isOff ? off : on).Append(rest[index]);
                    break;
                case 'U':
                    break;
                default:
                    Refuse("look-around or another group that RE2 lacks");
                    return;
            }
        }
        if (index == rest.Length)
        {
            Refuse("a group that does not end");
            return;
        }
        string flags = off.Length > 0 ? $"{on}-{off}" : on.ToString();
        if (rest[index] == ')')
        {
            // Flags hold until the end of the enclosing group, which restores what was before it.
            _outerMultiline.Pop();
            _target.Append(flags.Length > 0 ? $"(?{flags})" : "(?:)");
        }
        else
        {
            _target.Append(CultureInfo.InvariantCulture, $"(?{flags}:");
        }
        _at += index + 1;
    }

    private void Escape()
    {
        if (_at + 1 >= _source.Length)
        {
            Refuse("a lone backslash");
            return;
        }
        char kind = _source[_at + 1];
        if (Re2Classes.OfEscape(kind) is { } ranges)
        {
            _target.Append('[').Append(ranges).Append(']');
            _at += 2;
            return;
        }
        switch (kind)
        {
            case 'Q':
                Literal();
                break;
            case 'b' or 'B':
                _hasBoundary = true;
                Copy(2);
                break;
            case 'A' or 'z':
                Copy(2);
                break;
            default:
                Character(isInClass: false);
                break;
        }
    }

    private void Literal()
    {
        int start = _at + 2;
        int length = _source[start..].IndexOf(@"\E");
        int end = length < 0 ? _source.Length : start + length;
        foreach (char literal in _source[start..end])
            AppendLiteral(literal);
        _at = length < 0 ? end : end + 2;
    }

    private void Class()
    {
        int open = _at;
        Copy(1);
        if (_at < _source.Length && _source[_at] == '^')
            Copy(1);
        bool isFirst = true;
        while (_at < _source.Length && (_source[_at] != ']' || isFirst) && _fault.Length == 0)
        {
            ClassMember();
            isFirst = false;
        }
        if (_fault.Length > 0)
            return;
        if (_at == _source.Length)
        {
            _at = open;
            Refuse("a class that does not end");
            return;
        }
        Copy(1);
    }

    private void ClassMember()
    {
        ReadOnlySpan<char> rest = _source[_at..];
        if (rest.StartsWith("[:"))
        {
            int end = rest.IndexOf(":]");
            if (end < 0 || Re2Classes.OfPosixName(rest[2..end]) is not { } named)
            {
                Refuse("an unknown class name");
                return;
            }
            _target.Append(named);
            _at += end + 2;
            return;
        }
        if (rest[0] == '\\' && rest.Length > 1)
        {
            if (Re2Classes.OfEscape(rest[1]) is not { } ranges)
            {
                Character(isInClass: true);
                return;
            }
            _target.Append(ranges);
            _at += 2;
            return;
        }
        if (rest[0] is '[' or ']')
            _target.Append('\\');
        Copy(1);
    }

    /// <summary>An escape that stands for one character, or a Unicode category.</summary>
    private void Character(bool isInClass)
    {
        char kind = _source[_at + 1];
        switch (kind)
        {
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v':
                Copy(2);
                break;
            case 'x':
                Hexadecimal(isInClass);
                break;
            case 'p' or 'P':
                Category(kind);
                break;
            case >= '0' and <= '7':
                Octal(isInClass);
                break;
            case var letter when char.IsAsciiLetterOrDigit(letter):
                Refuse($"the escape \\{kind}");
                break;
            default:
                AppendLiteral(kind);
                _at += 2;
                break;
        }
    }

    private void Hexadecimal(bool isInClass)
    {
        ReadOnlySpan<char> digits = Braced(2, out int length);
        if (digits.IsEmpty || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            Refuse("a malformed \\x escape");
            return;
        }
        if (AppendCodePoint(value, isInClass))
            _at += 2 + length;
    }

    private void Octal(bool isInClass)
    {
        int digits = 1;
        while (digits < 3 && _at + 1 + digits < _source.Length && _source[_at + 1 + digits] is >= '0' and <= '7')
            digits++;
        if (digits == 1 && _source[_at + 1] != '0')
        {
            Refuse("a back reference");
            return;
        }
        int value = 0;
        foreach (char digit in _source.Slice(_at + 1, digits))
            value = (value * 8) + (digit - '0');
        if (AppendCodePoint(value, isInClass))
            _at += 1 + digits;
    }

    private void Category(char kind)
    {
        ReadOnlySpan<char> name = Braced(1, out int length);
        _hasNonAscii = true;
        if (name.StartsWith("^"))
        {
            name = name[1..];
            kind = kind == 'p' ? 'P' : 'p';
        }
        if (!Re2Classes.IsGeneralCategory(name))
        {
            Refuse("a Unicode class that is no general category");
            return;
        }
        _target.Append('\\').Append(kind).Append('{').Append(name).Append('}');
        _at += 2 + length;
    }

    /// <summary>The inside of braces after an escape's letter, or so many characters; empty when there are not enough.</summary>
    private readonly ReadOnlySpan<char> Braced(int bare, out int length)
    {
        ReadOnlySpan<char> rest = _source[(_at + 2)..];
        length = bare;
        if (!rest.StartsWith("{"))
            return rest.Length >= bare ? rest[..bare] : default;
        int end = rest.IndexOf('}');
        length = end + 1;
        return end > 1 ? rest[1..end] : default;
    }

    private bool AppendCodePoint(int value, bool isInClass)
    {
        if (!Rune.IsValid(value) || (isInClass && value > char.MaxValue))
        {
            Refuse("a code point that cannot stand here");
            return false;
        }
        _hasNonAscii |= value > 0x7f;
        if (value <= char.MaxValue)
            AppendLiteral((char)value);
        else
            _target.Append("(?:").Append(char.ConvertFromUtf32(value)).Append(')');
        return true;
    }

    private readonly void AppendLiteral(char literal)
    {
        if (char.IsAsciiLetterOrDigit(literal) || literal is '_' or > '\x7f')
            _target.Append(literal);
        else
            _target.Append(CultureInfo.InvariantCulture, $"\\x{(int)literal:x2}");
    }

    private void Copy(int count)
    {
        _target.Append(_source.Slice(_at, count));
        _at += count;
    }

    private void RefuseAt(int position, string what)
    {
        _at = position;
        Refuse(what);
    }

    private void Refuse(string what) => _fault = what;
}
