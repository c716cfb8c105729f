namespace Kthena.Routing.Matching;

/// <summary>
/// What is made of a text before .NET looks at it, where the two dialects see texts differently. It only ever happens to expressions
/// that name nothing outside ASCII, so nothing that they name is lost.
/// </summary>
internal enum TextFolding
{
    /// <summary>The text as it is.</summary>
    None,

    /// <summary>A character beyond the first plane is one character, not two halves.</summary>
    BeyondPlane0,

    /// <summary>All that is not ASCII is one kind of character, which is part of no word.</summary>
    NonAscii,
}
