using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>
/// The pair that all silos share in one Secret. Whoever finds it missing or near its end writes a new one; a silo that comes
/// second takes what the first one wrote.
/// </summary>
/// <param name="client">Reaches the API server.</param>
/// <param name="options">The Secret's name, the certificate's names and times.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where new certificates are told.</param>
internal sealed class SecretPairs(KubernetesClient client, AdmissionWebhookOptions options, TimeProvider time, ILogger logger) : IPairSource
{
    private const int AttemptsMost = 5;
    private const string CertificateKey = "tls.crt";
    private const string PrivateKey = "tls.key";
    private const string AuthorityKey = "ca.crt";
    private const string CertManagerMark = "cert-manager.io/certificate-name";

    private static readonly ResourceKind Secret = new("", "v1", "secrets", "Secret");

    private readonly NamespacedName _key = new(options.Namespace, options.SecretName);

    public async Task<ServingPair> ReadAsync(CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < AttemptsMost; attempt++)
        {
            using JsonDocument? secret = await FindAsync(cancellation);
            ServingPair? pair = secret is null
                ? await CreateAsync(cancellation)
                : await KeepAsync(secret.RootElement, cancellation);
            if (pair is not null)
                return pair;
        }
        throw new AdmissionWebhookException($"The Secret {_key} changed at each of {AttemptsMost} attempts to write a certificate to it; something else writes it too.");
    }

    private async Task<JsonDocument?> FindAsync(CancellationToken cancellation)
    {
        try
        {
            return JsonDocument.Parse((await client.GetAsync(Secret, _key, cancellation)).Utf8);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            return null;
        }
        catch (KubernetesException error)
        {
            throw new AdmissionWebhookException($"The Secret {_key} with the webhooks' certificate cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Creates the Secret; null when somebody else did meanwhile.</summary>
    private async Task<ServingPair?> CreateAsync(CancellationToken cancellation)
    {
        ServingPair pair = PairIssuer.Issue(options.CertificateNames, time.GetUtcNow(), options.CertificateLifetime);
        var manifest = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = _key.Name, ["namespace"] = _key.Namespace },
            ["type"] = "kubernetes.io/tls",
            ["data"] = DataOf(pair),
        };
        try
        {
            await client.CreateAsync(Secret, _key.Namespace, new RawJson(JsonSerializer.SerializeToUtf8Bytes(manifest)), cancellation);
        }
        catch (KubernetesApiException error) when (error.IsAlreadyExists)
        {
            return null;
        }
        catch (KubernetesException error)
        {
            throw new AdmissionWebhookException($"The Secret {_key} for the webhooks' certificate cannot be created: {error.Message}", error);
        }
        logger.SecretWritten(_key, "there was none");
        return pair;
    }

    /// <summary>Takes the pair of the Secret, or replaces it; null when the Secret changed meanwhile.</summary>
    private async Task<ServingPair?> KeepAsync(JsonElement secret, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        (ServingPair? pair, string? flaw) = Read(secret, now);
        if (flaw is null)
            return pair;
        if (CertificateOf(secret) is { } issuer)
        {
            // cert-manager renews later than we would; two who each write what they hold right would never end.
            return pair is not null && pair.IsGoodAt(now)
                ? pair
                : throw new AdmissionWebhookException($"The Secret {_key} is cert-manager's and has no good certificate ({flaw}): see its Certificate {issuer}.");
        }
        ServingPair renewed = PairIssuer.Issue(options.CertificateNames, now, options.CertificateLifetime, pair?.AuthorityPem ?? "");
        JsonElement metadata = secret.GetProperty("metadata");
        var preconditions = new Preconditions(metadata.GetProperty("uid").GetString(), metadata.GetProperty("resourceVersion").GetString());
        try
        {
            await client.PatchAsync(Secret, _key, KubernetesPatch.Merge(new JsonObject { ["data"] = DataOf(renewed) }), cancellation, preconditions);
        }
        catch (KubernetesApiException error) when (error.IsConflict || error.IsNotFound)
        {
            return null;
        }
        catch (KubernetesException error) when (pair is not null && pair.IsGoodAt(now))
        {
            logger.SecretNotWritten(_key, flaw, error.Message);
            return pair;
        }
        catch (KubernetesException error)
        {
            throw new AdmissionWebhookException($"The Secret {_key} needs a new certificate ({flaw}) and cannot be written: {error.Message}", error);
        }
        logger.SecretWritten(_key, flaw);
        return renewed;
    }

    /// <summary>The Certificate of cert-manager that fills the Secret; null where nobody else does.</summary>
    private static string? CertificateOf(JsonElement secret) =>
        secret.GetProperty("metadata").TryGetProperty("annotations", out JsonElement annotations) && annotations.ValueKind == JsonValueKind.Object
        && annotations.TryGetProperty(CertManagerMark, out JsonElement name)
            ? name.GetString()
            : null;

    private (ServingPair? Pair, string? Flaw) Read(JsonElement secret, DateTimeOffset now)
    {
        try
        {
            ServingPair pair = ServingPair.Parse(Text(secret, CertificateKey), Text(secret, PrivateKey), Text(secret, AuthorityKey));
            return (pair, pair.Flaw(options.CertificateNames, now, options.RenewBefore));
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or FormatException)
        {
            return (null, $"it cannot be read: {unreadable.Message}");
        }
    }

    private static string Text(JsonElement secret, string key) =>
        secret.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty(key, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetString(value.GetBytesFromBase64())
            : throw new FormatException($"it has no {key}");

    private static JsonObject DataOf(ServingPair pair) => new()
    {
        [CertificateKey] = Base64(pair.CertificatePem),
        [PrivateKey] = Base64(pair.KeyPem),
        [AuthorityKey] = pair.AuthorityBase64(),
    };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
