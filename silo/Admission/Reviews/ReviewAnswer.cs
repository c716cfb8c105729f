using System.Text;

namespace Kthena.Silo.Admission.Reviews;

/// <summary>What goes back over HTTP.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">The body's media type.</param>
/// <param name="Body">The body.</param>
/// <param name="Denial">The text of the denial; null when nothing was denied.</param>
internal sealed record ReviewAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body, string? Denial = null)
{
    /// <summary>A plain sentence.</summary>
    public static ReviewAnswer Text(int status, string sentence) => new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(sentence));

    /// <summary>The request is not a review that can be answered.</summary>
    public static ReviewAnswer Bad(string why) => Text(400, why);
}
