using System.Collections.Immutable;
using System.Text;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines;

/// <summary>Reads a container's command line, also one inside <c>sh -c</c>, far enough to find an engine's options.</summary>
internal static class CommandLine
{
    /// <summary>The words of command and arguments, with <c>$(VAR)</c> replaced as the kubelet does.</summary>
    public static ImmutableArray<string> Words(Container container)
    {
        string[] given = [.. container.Command.Concat(container.Args).Select(word => Expand(word, container.Env))];
        if (!given.Any(IsShell))
            return [.. given];
        // A script's own variables are the container's too.
        return [.. given.SelectMany(Split).Select(word => ExpandShell(word, container.Env))];
    }

    /// <summary>The value of the first option that is there, as <c>--name value</c> or <c>--name=value</c>.</summary>
    public static string? Option(ImmutableArray<string> words, params ReadOnlySpan<string> names) => Options(words, names).FirstOrDefault();

    /// <summary>All values of an option that takes several.</summary>
    public static ImmutableArray<string> Options(ImmutableArray<string> words, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            for (int i = 0; i < words.Length; i++)
            {
                if (words[i].StartsWith(name, StringComparison.Ordinal) && words[i].Length > name.Length && words[i][name.Length] == '=')
                    return [words[i][(name.Length + 1)..]];
                if (words[i] == name)
                    return [.. words.Skip(i + 1).TakeWhile(static word => !word.StartsWith("--", StringComparison.Ordinal))];
            }
        }
        return [];
    }

    private static bool IsShell(string word) => word is "-c" or "-lc" or "-ec" or "-exc";

    private static string Expand(string word, LabelSet variables)
    {
        for (int start = 0; (start = word.IndexOf("$(", start, StringComparison.Ordinal)) >= 0;)
        {
            int end = word.IndexOf(')', start);
            if (end < 0)
                break;
            if (variables[word[(start + 2)..end]] is not string value)
            {
                start = end;
                continue;
            }
            word = string.Concat(word.AsSpan(0, start), value, word.AsSpan(end + 1));
            start += value.Length;
        }
        return word;
    }

    private static string ExpandShell(string word, LabelSet variables)
    {
        if (!word.Contains('$', StringComparison.Ordinal))
            return word;
        foreach ((string name, string value) in variables.Pairs)
        {
            word = word.Replace($"${{{name}}}", value, StringComparison.Ordinal);
            if (word == $"${name}")
                word = value;
        }
        return word;
    }

    /// <summary>Splits at white space and at <c>;</c>, keeping what quotes hold together.</summary>
    private static IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        char quote = '\0';
        bool hasWord = false;
        foreach (char c in text.Replace("\\\n", " ", StringComparison.Ordinal))
        {
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                (quote, hasWord) = (c, true);
            }
            else if (char.IsWhiteSpace(c) || c == ';')
            {
                if (hasWord || word.Length > 0)
                    yield return word.ToString();
                word.Clear();
                hasWord = false;
            }
            else
            {
                word.Append(c);
            }
        }
        if (hasWord || word.Length > 0)
            yield return word.ToString();
    }
}
