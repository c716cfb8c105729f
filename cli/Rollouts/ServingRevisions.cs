using System.Collections.Immutable;
using Kthena.Cli.Hosting;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Cli.Rollouts;

/// <summary>The stored revisions of a ModelServing.</summary>
/// <param name="Serving">The ModelServing.</param>
/// <param name="Stored">Its own ControllerRevisions, oldest first.</param>
internal sealed record ServingRevisions(ModelServing Serving, ImmutableArray<ControllerRevision> Stored)
{
    /// <summary>Reads them.</summary>
    /// <param name="client">Reaches the API server.</param>
    /// <param name="key">The ModelServing.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StartException">There is no such ModelServing, or the API server cannot be used.</exception>
    public static async Task<ServingRevisions> ReadAsync(KubernetesClient client, NamespacedName key, CancellationToken cancellation)
    {
        try
        {
            ModelServing serving = await client.FindAsync<ModelServing>(key, cancellation)
                ?? throw new StartException($"There is no ModelServing {key.Name} in namespace {key.Namespace}.");
            var query = new ListQuery { Namespace = key.Namespace, LabelSelector = $"{ServingLabels.Name}={key.Name}" };
            ImmutableArray<ControllerRevision> stored = await client.ListAsync<ControllerRevision>(query, cancellation);
            return new ServingRevisions(
                serving,
                [.. stored.Where(revision => revision.Metadata.Controller?.Uid == serving.Metadata.Uid).OrderBy(static revision => revision.Revision)]);
        }
        catch (KubernetesException fault)
        {
            throw new StartException($"The API server cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>The one that the spec asks for now; null while it is not stored.</summary>
    public ControllerRevision? Present
    {
        get
        {
            string update = RevisionSet.Build(Serving, Stored).Update;
            return Stored.LastOrDefault(revision => HashOf(revision) == update);
        }
    }

    /// <summary>The one to go back to.</summary>
    /// <param name="number">Its number; null takes the newest that the spec does not ask for now.</param>
    /// <exception cref="StartException">There is none; the message names those that there are.</exception>
    public ControllerRevision Target(long? number)
    {
        string known = Stored.Length == 0 ? "none is stored" : $"there are {string.Join(", ", Stored.Select(static revision => revision.Revision))}";
        ControllerRevision? present = Present;
        return number is long wanted
            ? Stored.FirstOrDefault(revision => revision.Revision == wanted)
                ?? throw new StartException($"ModelServing {Serving.Metadata.Name} has no revision {wanted}: {known}.")
            : Stored.LastOrDefault(revision => revision != present)
                ?? throw new StartException($"ModelServing {Serving.Metadata.Name} has no other revision to go back to: {known}.");
    }

    /// <summary>The revision as pods are labelled with it.</summary>
    /// <param name="revision">The ControllerRevision.</param>
    public static string HashOf(ControllerRevision revision) => revision.Metadata.Labels[ServingLabels.Revision] ?? "";
}
