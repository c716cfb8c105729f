using System.Text.Json;

namespace Kthena.Admission;

/// <summary>Where a model booster's weights come from: what lies on a volume claim must be reachable through the mounted one.</summary>
internal static class ModelSourceRules
{
    private const string Claim = "pvc://";

    public static void Check(JsonElement backend, string path, ErrorList errors)
    {
        string source = backend.Text("modelURI") ?? "";
        string cache = backend.Text("cacheURI") ?? "";
        bool hasClaim = cache.StartsWith(Claim, StringComparison.Ordinal);
        string claim = hasClaim ? cache[Claim.Length..].Trim('/') : "";
        bool isClaimLegal = claim.Length > 0 && !claim.Contains('/', StringComparison.Ordinal);
        if (hasClaim && !isClaimLegal)
            errors.Invalid($"{path}.cacheURI", "a pvc:// cacheURI must be the name of one claim, without a path", backend.Member("cacheURI"));
        if (!source.StartsWith(Claim, StringComparison.Ordinal))
            return;
        string[] segments = source[Claim.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Contains(".."))
        {
            errors.Invalid($"{path}.modelURI", "a PVC path must not contain '..'", backend.Member("modelURI"));
            return;
        }
        if (!hasClaim)
        {
            errors.Invalid($"{path}.cacheURI", "a pvc:// modelURI requires a pvc:// cacheURI that mounts its claim", backend.Member("cacheURI"));
            return;
        }
        string[] clean = [.. segments.Where(static segment => segment != ".")];
        if (isClaimLegal && (clean.Length == 0 || clean[0] != claim))
        {
            errors.Invalid($"{path}.modelURI",
                $"PVC source path /{string.Join('/', clean)} is not reachable via cacheURI mount /{claim}", backend.Member("modelURI"));
        }
    }
}
