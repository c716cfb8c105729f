using System.CommandLine;
using Kthena.Cli.Hosting;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Planning.Serving;

namespace Kthena.Cli.Rollouts;

/// <summary><c>kthena rollback</c>: gives a ModelServing the roles of a stored revision again.</summary>
internal static class RollbackCommand
{
    private const string MergePatch = "application/merge-patch+json";

    public static Command Create()
    {
        var target = new ServingTarget();
        var number = new Option<long?>("--to-revision")
        {
            Description = "The revision, as 'kthena rollout history' lists it; without it the newest one before the present.",
            HelpName = "N",
        };
        var isDryRun = new Option<bool>("--dry-run") { Description = "Let the API server check it, and change nothing." };
        var serving = new Command("modelserving", "Takes a ModelServing back to an earlier revision; replicas, partition and budgets stay.") { number, isDryRun };
        target.AddTo(serving);
        serving.SetAction((parsed, cancellation) => target.RunAsync(
            parsed,
            (client, key) => RunAsync(client, key, parsed.GetValue(number), parsed.GetValue(isDryRun), cancellation),
            cancellation));
        return new Command("rollback", "Goes back to an earlier revision.") { serving };
    }

    private static async Task RunAsync(KubernetesClient client, NamespacedName key, long? number, bool isDryRun, CancellationToken cancellation)
    {
        ServingRevisions revisions = await ServingRevisions.ReadAsync(client, key, cancellation);
        ControllerRevision target = revisions.Target(number);
        string what = $"revision {target.Revision} ({ServingRevisions.HashOf(target)})";
        if (target == revisions.Present)
        {
            Console.WriteLine($"modelserving/{key.Name} is at {what} already");
            return;
        }
        try
        {
            await PatchAsync(client, revisions.Serving, Rollback.Patch(revisions.Serving, target), isDryRun, cancellation);
        }
        catch (KubernetesApiException conflict) when (conflict.IsConflict)
        {
            throw new StartException($"ModelServing {key.Name} was changed meanwhile: look at it and try again.", conflict);
        }
        catch (KubernetesException fault)
        {
            throw new StartException($"ModelServing {key.Name} could not be rolled back: {fault.Message}", fault);
        }
        Console.WriteLine($"modelserving/{key.Name} rolled back to {what}{(isDryRun ? " (dry run)" : "")}");
    }

    /// <summary>The patch holds only for the ModelServing as it was read.</summary>
    private static Task<RawJson> PatchAsync(KubernetesClient client, ModelServing serving, RawJson patch, bool isDryRun, CancellationToken cancellation) =>
        client.PatchAsync(
            ResourceKinds.ModelServing,
            serving.Metadata.Key,
            new KubernetesPatch(MergePatch, patch) { IsDryRun = isDryRun },
            cancellation,
            new Preconditions(serving.Metadata.Uid, serving.Metadata.ResourceVersion));
}
