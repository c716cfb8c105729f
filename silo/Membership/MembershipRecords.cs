using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>The records of one cluster of silos on an API server: how they are named, read and written.</summary>
internal sealed class MembershipRecords
{
    private const int PageSize = 500;
    private const int ClusterIdLengthMax = 40;

    private readonly KubernetesClient _client;
    private readonly string _namespace;

    /// <summary>Names the table.</summary>
    /// <param name="client">The way to the API server.</param>
    /// <param name="ns">Where the records are.</param>
    /// <param name="clusterId">Whose they are.</param>
    /// <exception cref="ArgumentException">The cluster's id cannot be part of an object's name.</exception>
    public MembershipRecords(KubernetesClient client, string ns, string clusterId)
    {
        if (clusterId.Length is 0 or > ClusterIdLengthMax || clusterId[0] == '-' || clusterId[^1] == '-' || !clusterId.All(IsOfAName))
        {
            throw new ArgumentException(
                $"The cluster id '{clusterId}' cannot name objects: give 1 to {ClusterIdLengthMax} lower-case letters, digits and inner hyphens.",
                nameof(clusterId));
        }
        (_client, _namespace, ClusterId) = (client, ns, clusterId);
    }

    /// <summary>Whose records these are; also the name of the record of the version.</summary>
    public string ClusterId { get; }

    /// <summary>
    /// Reads all records as they were at one instant: a list is one read of the API server's store, and further pages of it are
    /// of the same instant.
    /// </summary>
    /// <exception cref="FormatException">A record cannot be read; the message names it.</exception>
    public async Task<MembershipSnapshot> ReadAsync()
    {
        var query = new ListQuery { Namespace = _namespace, LabelSelector = $"{MembershipRecord.ClusterLabel}={ClusterId}" };
        var records = ImmutableArray.CreateBuilder<MembershipRecord>();
        string? next = null;
        do
        {
            KubernetesList<MembershipRecord> page = await _client.ListPageAsync<MembershipRecord>(query, PageSize, next, CancellationToken.None);
            if (page.Unreadable.Length > 0)
                throw new FormatException($"The membership table cannot be read: {page.Unreadable[0]} Correct the object or delete it.");
            records.AddRange(page.Items);
            next = page.Continue;
        }
        while (next is not null);
        return new MembershipSnapshot(records);
    }

    /// <summary>Makes the record of the version, at 0; one that is there stays as it is.</summary>
    public async Task CreateRootAsync()
    {
        try
        {
            await CreateAsync(ClusterId, new JsonObject { ["version"] = 0 }, owner: null);
        }
        catch (KubernetesApiException known) when (known.IsAlreadyExists)
        {
            // Another silo was first.
        }
    }

    /// <summary>Moves the table to its next version together with the change of one silo: the write that decides.</summary>
    /// <returns>Whether the record was still the one that was read.</returns>
    public Task<bool> CommitAsync(MembershipRecord root, int version, SiloRow change) => PatchAsync(
        root,
        new JsonObject { ["op"] = "replace", ["path"] = "/spec/version", ["value"] = version },
        new JsonObject { ["op"] = "add", ["path"] = "/spec/pending", ["value"] = change.WriteTo([]) });

    /// <summary>Forgets the change of the last version, which its silo's own record has.</summary>
    /// <returns>Whether the record was still the one that was read.</returns>
    public Task<bool> ForgetChangeAsync(MembershipRecord root) =>
        PatchAsync(root, new JsonObject { ["op"] = "remove", ["path"] = "/spec/pending" });

    /// <summary>Gives a silo's own record the change that a version made.</summary>
    /// <param name="root">The record of the version.</param>
    /// <param name="version">The version that made the change.</param>
    /// <param name="before">The silo's record as it was read; null when there was none.</param>
    /// <param name="change">The change.</param>
    /// <returns>Whether nobody else wrote the record in between.</returns>
    public async Task<bool> SettleAsync(MembershipRecord root, int version, MembershipRecord? before, SiloRow change)
    {
        JsonObject spec = change.WriteTo(new JsonObject { ["version"] = version });
        if (before is not null)
            return await PatchAsync(before, new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = spec });
        try
        {
            await CreateAsync(NameOf(change.Entry.SiloAddress), spec, root);
            return true;
        }
        catch (KubernetesApiException known) when (known.IsAlreadyExists)
        {
            return false;
        }
    }

    /// <summary>Notes that a silo said that it is alive, whatever else happens to its record.</summary>
    /// <returns>Whether the silo has a record.</returns>
    public async Task<bool> ReportAliveAsync(SiloAddress address, DateTime time)
    {
        var patch = new JsonObject { ["spec"] = new JsonObject { ["aliveTime"] = SiloRow.Text(time) } };
        try
        {
            await _client.PatchAsync(MembershipRecord.ResourceKind, new NamespacedName(_namespace, NameOf(address)), KubernetesPatch.Merge(patch), CancellationToken.None);
            return true;
        }
        catch (KubernetesApiException missing) when (missing.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Deletes a record unless it changed since it was read.</summary>
    /// <returns>Whether it is gone.</returns>
    public async Task<bool> DeleteAsync(MembershipRecord record)
    {
        var unchanged = new DeletionOptions { Preconditions = new Preconditions(record.Metadata.Uid, record.Metadata.ResourceVersion) };
        try
        {
            await _client.DeleteAsync<MembershipRecord>(record.Metadata.Key, unchanged, CancellationToken.None);
            return true;
        }
        catch (KubernetesApiException fault) when (fault.IsNotFound || fault.IsConflict)
        {
            return fault.IsNotFound;
        }
    }

    private string NameOf(SiloAddress address) =>
        $"{ClusterId}-{string.Concat(address.ToParsableString().Select(static letter => IsOfAName(letter) ? letter : '-')).ToLowerInvariant()}";

    private static bool IsOfAName(char letter) => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-';

    private async Task<bool> PatchAsync(MembershipRecord record, params JsonNode[] operations)
    {
        try
        {
            await _client.PatchAsync(
                MembershipRecord.ResourceKind,
                record.Metadata.Key,
                KubernetesPatch.Json([.. operations]),
                CancellationToken.None,
                new Preconditions(record.Metadata.Uid, record.Metadata.ResourceVersion));
            return true;
        }
        catch (KubernetesApiException lost) when (lost.IsConflict || lost.IsNotFound)
        {
            return false;
        }
    }

    private async Task CreateAsync(string name, JsonObject spec, MembershipRecord? owner)
    {
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["namespace"] = _namespace,
            ["labels"] = new JsonObject { [MembershipRecord.ClusterLabel] = ClusterId },
        };
        if (owner is not null)
        {
            // Whoever deletes the record of the version deletes the table.
            metadata["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = MembershipRecord.ResourceKind.ApiVersion,
                ["kind"] = MembershipRecord.ResourceKind.Kind,
                ["name"] = owner.Metadata.Name,
                ["uid"] = owner.Metadata.Uid,
            });
        }
        var manifest = new JsonObject
        {
            ["apiVersion"] = MembershipRecord.ResourceKind.ApiVersion,
            ["kind"] = MembershipRecord.ResourceKind.Kind,
            ["metadata"] = metadata,
            ["spec"] = spec,
        };
        await _client.CreateAsync(
            MembershipRecord.ResourceKind, _namespace, new RawJson(JsonSerializer.SerializeToUtf8Bytes(manifest)), CancellationToken.None);
    }
}
