namespace Kthena.Routing.Body;

/// <summary>
/// What routing needs of a request body, as spans of its bytes. One instance can be read into again and again;
/// it never keeps the bytes.
/// </summary>
public sealed class RequestBody
{
    /// <summary>More messages and parts than this are refused: a body of 64 MiB could name half a gigabyte of them.</summary>
    public const int PartsMax = 256 * 1024;

    private const int KeptMax = 1024;

    private PromptMessage[] _messages = new PromptMessage[8];
    private PromptPart[] _parts = new PromptPart[8];
    private int _messageCount;
    private int _partCount;

    /// <summary>The inside of the string <c>model</c>.</summary>
    public TextSpan Model { get; internal set; }

    /// <summary>Whether <c>stream</c> is exactly <c>true</c>.</summary>
    public bool IsStreaming { get; internal set; }

    /// <summary>The value of <c>stream_options</c>, whatever its kind.</summary>
    public TextSpan StreamOptions { get; internal set; }

    /// <summary>The value of <c>include_usage</c> inside <c>stream_options</c>, when that is an object that has it.</summary>
    public TextSpan IncludeUsage { get; internal set; }

    /// <summary>Whether <c>stream_options</c> is an object.</summary>
    public bool HasStreamOptionsObject { get; internal set; }

    /// <summary>Whether the client itself asked for usage in the stream.</summary>
    public bool IncludesUsage { get; internal set; }

    /// <summary>The value of <c>tools</c>.</summary>
    public TextSpan Tools { get; internal set; }

    /// <summary>The offset after the body's opening brace.</summary>
    public int InsideStart { get; internal set; }

    /// <summary>The prompt of a completion: the inside of a string, or the text of a list.</summary>
    public PromptPart Prompt { get; internal set; }

    /// <summary>Whether the prompt or the conversation came as <c>input</c> (responses-style).</summary>
    public bool IsInput { get; internal set; }

    /// <summary>The top-level <c>system</c> (messages-style) or <c>instructions</c> (responses-style) text.</summary>
    public PromptMessage Preamble { get; internal set; }

    /// <summary>Whether <see cref="Preamble"/> came as <c>instructions</c>.</summary>
    public bool HasInstructions { get; internal set; }

    /// <summary>The conversation, in order; empty for a plain completion.</summary>
    public ReadOnlySpan<PromptMessage> Conversation => _messages.AsSpan(ConversationRange);

    /// <summary>Every part of every message; a message names its own by index.</summary>
    public ReadOnlySpan<PromptPart> Parts => _parts.AsSpan(0, _partCount);

    /// <summary>Whether the body holds something to prompt with.</summary>
    public bool HasPrompt => Prompt.Span.Exists || HasConversation;

    internal bool HasConversation { get; set; }

    internal Range ConversationRange { get; set; }

    internal bool HasTooManyParts { get; private set; }

    internal int MessageCount => _messageCount;

    internal int PartCount => _partCount;

    internal void Reset()
    {
        Model = StreamOptions = IncludeUsage = Tools = TextSpan.None;
        IsStreaming = HasStreamOptionsObject = IncludesUsage = HasInstructions = IsInput = HasConversation = false;
        Prompt = new PromptPart(PromptPartKind.Text, TextSpan.None);
        Preamble = default;
        ConversationRange = 0..0;
        InsideStart = _messageCount = _partCount = 0;
        HasTooManyParts = false;
        // One giant must not stay in memory with every instance that ever read one.
        if (_messages.Length > KeptMax)
            _messages = new PromptMessage[8];
        if (_parts.Length > KeptMax)
            _parts = new PromptPart[8];
    }

    internal void Add(PromptMessage message)
    {
        if (HasTooManyParts |= _messageCount >= PartsMax)
            return;
        if (_messageCount == _messages.Length)
            Array.Resize(ref _messages, _messageCount * 2);
        _messages[_messageCount++] = message;
    }

    internal void Add(PromptPart part)
    {
        if (HasTooManyParts |= _partCount >= PartsMax)
            return;
        if (_partCount == _parts.Length)
            Array.Resize(ref _parts, _partCount * 2);
        _parts[_partCount++] = part;
    }

    internal void DropPartsFrom(int index) => _partCount = index;
}
