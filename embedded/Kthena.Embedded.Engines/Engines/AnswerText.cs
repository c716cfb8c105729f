namespace Kthena.Embedded.Engines;

/// <summary>The tokens of an answer: words that follow from model and prompt alone, the same on every engine and in every run.</summary>
internal readonly struct AnswerText
{
    private const int ShortestLength = 32;
    private const uint LengthSpread = 64;
    private const int SentenceLength = 9;

    private static readonly string[] Words =
    [
        "the", "model", "answers", "with", "a", "steady", "stream", "of", "words", "that", "follow", "from", "your", "prompt",
        "and", "from", "nothing", "else", "so", "every", "replica", "says", "it", "again", "in", "one", "order", "while", "its",
        "cache", "keeps", "what", "was", "read", "before", "and", "each", "token", "comes", "when", "it", "is", "due", "until",
        "all", "has", "been", "said", "about", "this", "question", "or", "some", "limit", "ends", "the", "long", "but", "clear",
        "simulated", "reply", "for", "you", "here",
    ];

    private readonly ulong _seed;

    public AnswerText(string model, ReadOnlySpan<byte> prompt) =>
        _seed = StableHash.Mix(StableHash.Of(prompt, StableHash.Of(model)));

    /// <summary>After how many tokens the answer is complete.</summary>
    public int Length => ShortestLength + (int)(_seed % LengthSpread);

    /// <summary>The text of one token, with the space before it.</summary>
    public string Token(int index)
    {
        string word = Words[StableHash.Mix(_seed + (ulong)index) % (ulong)Words.Length];
        if (index % SentenceLength == 0)
            word = string.Concat(char.ToUpperInvariant(word[0]).ToString(), word.AsSpan(1));
        if (index % SentenceLength == SentenceLength - 1)
            word += ".";
        return index == 0 ? word : " " + word;
    }
}
