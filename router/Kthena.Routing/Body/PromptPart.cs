namespace Kthena.Routing.Body;

/// <summary>How a stretch of the body enters the prompt.</summary>
public enum PromptPartKind
{
    /// <summary>The inside of a JSON string: its plain text is the prompt.</summary>
    Text,

    /// <summary>JSON that an engine renders in a way of its own (tool calls, unknown parts): its bytes stand for it.</summary>
    Raw,

    /// <summary>An image, sound or file, or where to find it: the hash of its bytes stands for it.</summary>
    Media,
}

/// <summary>One stretch of a message.</summary>
/// <param name="Kind">How it enters the prompt.</param>
/// <param name="Span">Where it is.</param>
public readonly record struct PromptPart(PromptPartKind Kind, TextSpan Span);

/// <summary>One message of a conversation.</summary>
/// <param name="Role">The inside of the role's JSON string; none for an item that is no message.</param>
/// <param name="FirstPart">The index of its first part in <see cref="RequestBody.Parts"/>.</param>
/// <param name="PartCount">How many parts it has.</param>
public readonly record struct PromptMessage(TextSpan Role, int FirstPart, int PartCount);
