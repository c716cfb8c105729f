using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Forwarding;

/// <summary>What came of asking an endpoint to prefill.</summary>
/// <param name="Status">The engine's status; 0 when it did not answer.</param>
/// <param name="Body">What it answered.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="RetryAfter">When the engine wants to be asked again.</param>
/// <param name="Fault">Why there is no answer; empty when there is one.</param>
/// <param name="IsBufferLent">Whether the request's buffer may still be read.</param>
internal readonly record struct PrefillAnswer(
    int Status, ReadOnlyMemory<byte> Body, string? ContentType, string? RetryAfter, string Fault, bool IsBufferLent)
{
    public bool IsSuccess => Status is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices;
}
