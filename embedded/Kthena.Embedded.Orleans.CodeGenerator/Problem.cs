using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Kthena.Embedded.CodeGenerator;

internal sealed record Problem(string Id, string Message, string? File, TextSpan Span, LinePositionSpan Lines)
{
    public static Problem At(ISymbol symbol, string id, string message)
    {
        var place = symbol.Locations.FirstOrDefault(location => location.IsInSource);
        return new Problem(
            id, message, place?.SourceTree?.FilePath, place?.SourceSpan ?? default, place?.GetLineSpan().Span ?? default);
    }
}
