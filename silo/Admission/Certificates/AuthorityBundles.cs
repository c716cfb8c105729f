using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Admission.Certificates;

/// <summary>Keeps the authority in every entry of the webhook configurations what the certificate needs.</summary>
/// <param name="client">Reaches the API server.</param>
/// <param name="options">Which configurations.</param>
/// <param name="logger">Where changes are told.</param>
internal sealed class AuthorityBundles(KubernetesClient client, AdmissionWebhookOptions options, ILogger logger)
{
    private const int AttemptsMost = 5;
    private const string Group = "admissionregistration.k8s.io";

    private static readonly ResourceKind Validating =
        new(Group, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", IsNamespaced: false);

    private static readonly ResourceKind Mutating =
        new(Group, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", IsNamespaced: false);

    private readonly HashSet<(ResourceKind, string)> _missing = [];

    /// <summary>Writes the authority wherever another stands.</summary>
    /// <param name="authority">The authority, base64 of PEM.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether every entry had it already.</returns>
    /// <exception cref="KubernetesException">A configuration could not be read or written.</exception>
    public async Task<bool> ReconcileAsync(string authority, CancellationToken cancellation)
    {
        bool isSettled = true;
        foreach (string name in options.ValidatingConfigurations)
            isSettled &= await ReconcileAsync(Validating, name, authority, cancellation);
        foreach (string name in options.MutatingConfigurations)
            isSettled &= await ReconcileAsync(Mutating, name, authority, cancellation);
        return isSettled;
    }

    private async Task<bool> ReconcileAsync(ResourceKind kind, string name, string authority, CancellationToken cancellation)
    {
        var key = new NamespacedName("", name);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse((await client.GetAsync(kind, key, cancellation)).Utf8);
                _missing.Remove((kind, name));
                JsonArray operations = Operations(document.RootElement, authority);
                if (operations.Count == 0)
                    return true;
                string version = document.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
                int entries = operations.Count;
                await client.PatchAsync(kind, key, KubernetesPatch.Json(operations), cancellation, new Preconditions(ResourceVersion: version));
                logger.BundleWritten(kind.Kind, name, entries);
                return false;
            }
            catch (KubernetesApiException error) when (error.IsNotFound)
            {
                if (_missing.Add((kind, name)))
                    logger.ConfigurationMissing(kind.Kind, name);
                return true;
            }
            catch (KubernetesApiException error) when ((error.IsConflict || error.StatusCode is 400 or 422) && attempt < AttemptsMost)
            {
                // Somebody else wrote: look again. A patch for entries that are gone is refused before versions are compared.
            }
        }
    }

    /// <summary>One operation for each entry with another authority. The version that was read guards their places in the list.</summary>
    private static JsonArray Operations(JsonElement configuration, string authority)
    {
        var operations = new JsonArray();
        if (!configuration.TryGetProperty("webhooks", out JsonElement webhooks) || webhooks.ValueKind != JsonValueKind.Array)
            return operations;
        for (int at = 0; at < webhooks.GetArrayLength(); at++)
        {
            JsonElement client = webhooks[at].GetProperty("clientConfig");
            if (client.TryGetProperty("caBundle", out JsonElement bundle) && bundle.ValueEquals(authority))
                continue;
            operations.Add(new JsonObject { ["op"] = "add", ["path"] = $"/webhooks/{at}/clientConfig/caBundle", ["value"] = authority });
        }
        return operations;
    }
}
