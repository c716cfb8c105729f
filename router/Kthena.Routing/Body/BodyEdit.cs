namespace Kthena.Routing.Body;

/// <summary>One splice: <paramref name="Removed"/> bytes at <paramref name="Start"/> give way to <paramref name="Inserted"/>.</summary>
/// <param name="Start">The offset in the unedited body.</param>
/// <param name="Removed">How many bytes go; 0 only inserts.</param>
/// <param name="Inserted">What comes in their place.</param>
public readonly record struct BodyEdit(int Start, int Removed, ReadOnlyMemory<byte> Inserted);

/// <summary>What must change in a body on its way to an engine: splices in order, hardly ever more than two. Every other byte stays.</summary>
public readonly record struct BodyEdits
{
    private static readonly byte[] UsageMember = "\"include_usage\":true"u8.ToArray();
    private static readonly byte[] UsageMemberFirst = "\"include_usage\":true,"u8.ToArray();
    private static readonly byte[] UsageObject = "{\"include_usage\":true}"u8.ToArray();
    private static readonly byte[] UsageOptions = "\"stream_options\":{\"include_usage\":true},"u8.ToArray();
    private static readonly byte[] True = "true"u8.ToArray();

    private readonly BodyEdit _first;
    private readonly BodyEdit _second;
    private readonly BodyEdit[]? _many;

    private BodyEdits(BodyEdit first, BodyEdit second, int count) => (_first, _second, Count) = (first, second, count);

    private BodyEdits(BodyEdit[] many) => (_many, Count) = (many, many.Length);

    /// <summary>How many splices there are.</summary>
    public int Count { get; }

    /// <summary>How many bytes longer the edited body is; negative when shorter.</summary>
    public int Growth
    {
        get
        {
            int growth = 0;
            for (int index = 0; index < Count; index++)
                growth += this[index].Inserted.Length - this[index].Removed;
            return growth;
        }
    }

    /// <summary>A splice; they come in the order of the body.</summary>
    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    public BodyEdit this[int index] => _many is not null ? _many[index] : index == 0 ? _first : _second;

    /// <summary>Any number of splices that do not overlap.</summary>
    internal static BodyEdits Of(IEnumerable<BodyEdit> edits) => new([.. edits.OrderBy(static edit => edit.Start)]);

    /// <summary>Plans the splices.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="model">The engine's name of the model as the inside of a JSON string; empty keeps the client's.</param>
    /// <param name="requestUsage">Whether a stream must end with its usage even when the client did not ask for it.</param>
    public static BodyEdits Plan(ReadOnlySpan<byte> json, RequestBody body, ReadOnlyMemory<byte> model, bool requestUsage)
    {
        BodyEdit? rename = !model.IsEmpty && !body.Model.In(json).SequenceEqual(model.Span)
            ? new BodyEdit(body.Model.Start, body.Model.Length, model)
            : null;
        BodyEdit? usage = requestUsage && body.IsStreaming && !body.IncludesUsage ? RequestUsage(json, body) : null;
        return (rename, usage) switch
        {
            (null, null) => default,
            ({ } only, null) => new BodyEdits(only, default, 1),
            (null, { } only) => new BodyEdits(only, default, 1),
            ({ } a, { } b) => a.Start < b.Start ? new BodyEdits(a, b, 2) : new BodyEdits(b, a, 2),
        };
    }

    /// <summary>Writes the edited body into one buffer.</summary>
    /// <param name="json">The unedited body.</param>
    /// <param name="target">At least <c>json.Length + Growth</c> bytes.</param>
    public void Apply(ReadOnlySpan<byte> json, Span<byte> target)
    {
        int read = 0;
        for (int index = 0; index < Count; index++)
        {
            BodyEdit edit = this[index];
            json[read..edit.Start].CopyTo(target);
            target = target[(edit.Start - read)..];
            edit.Inserted.Span.CopyTo(target);
            target = target[edit.Inserted.Length..];
            read = edit.Start + edit.Removed;
        }
        json[read..].CopyTo(target);
    }

    private static BodyEdit RequestUsage(ReadOnlySpan<byte> json, RequestBody body)
    {
        if (!body.StreamOptions.Exists)
            return new BodyEdit(body.InsideStart, 0, UsageOptions);
        if (!body.HasStreamOptionsObject)
            return new BodyEdit(body.StreamOptions.Start, body.StreamOptions.Length, UsageObject);
        if (body.IncludeUsage.Exists)
            return new BodyEdit(body.IncludeUsage.Start, body.IncludeUsage.Length, True);
        bool isEmpty = body.StreamOptions.In(json)[1..^1].Trim(" \t\r\n"u8).IsEmpty;
        return new BodyEdit(body.StreamOptions.Start + 1, 0, isEmpty ? UsageMember : UsageMemberFirst);
    }
}
