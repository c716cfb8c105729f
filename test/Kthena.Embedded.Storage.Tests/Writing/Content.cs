using System.Globalization;

namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>Text that belongs to a key and a number, from a few bytes to some pages of the file.</summary>
internal static class Content
{
    private const int LengthMax = 12_000;

    public static string Of(string key, long number)
    {
        string word = string.Create(CultureInfo.InvariantCulture, $"{key}:{number};");
        int length = (int)(number * 7919 % LengthMax);
        return string.Concat(Enumerable.Repeat(word, 1 + (length / word.Length)));
    }
}
