namespace Kthena.Routing.Body;

/// <summary>Why a request body cannot be routed.</summary>
public enum BodyError
{
    /// <summary>The body is routable.</summary>
    None,

    /// <summary>The body is not one JSON object (RFC 8259): the client's fault.</summary>
    InvalidJson,

    /// <summary>The body is not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>There are more messages or parts of messages than <see cref="RequestBody.PartsMax"/>.</summary>
    TooManyParts,

    /// <summary><c>model</c> is absent, blank or not a string.</summary>
    ModelMissing,

    /// <summary>There is neither <c>prompt</c> nor <c>messages</c> nor <c>input</c>.</summary>
    PromptMissing,
}

/// <summary>What is wrong with a body, and where.</summary>
/// <param name="Error">The kind; <see cref="BodyError.None"/> when nothing is.</param>
/// <param name="Position">The offset of the offending byte; 0 where no single byte is at fault.</param>
/// <param name="Detail">A phrase for people, without the position.</param>
public readonly record struct BodyFault(BodyError Error, int Position, string Detail)
{
    /// <summary>Nothing is wrong.</summary>
    public static readonly BodyFault None = new(BodyError.None, 0, "");
}
