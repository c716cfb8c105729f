using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Silo.Membership;

/// <summary>One record of the table by which silos find each other: the table's version, or one silo.</summary>
public sealed record MembershipRecord : IKubernetesResource<MembershipRecord>
{
    /// <summary>The label that says which cluster of silos a record belongs to.</summary>
    internal const string ClusterLabel = "orleans.kthena.dev/cluster";

    /// <inheritdoc/>
    public static ResourceKind ResourceKind { get; } = new("orleans.kthena.dev", "v1alpha1", "membershiprecords", "MembershipRecord");

    /// <inheritdoc/>
    public required ObjectMeta Metadata { get; init; }

    /// <summary>The table's version; on a silo's record, the version that wrote it.</summary>
    public required int Version { get; init; }

    /// <summary>The silo; null on the record of the version.</summary>
    internal SiloRow? Silo { get; init; }

    /// <summary>On the record of the version, the silo that this version changed; null at version 0.</summary>
    internal SiloRow? Pending { get; init; }

    /// <inheritdoc/>
    public static MembershipRecord Parse(JsonElement json)
    {
        ObjectMeta metadata = ObjectMeta.Parse(json);
        try
        {
            JsonElement spec = json.GetProperty("spec");
            return new MembershipRecord
            {
                Metadata = metadata,
                Version = spec.GetProperty("version").GetInt32(),
                Silo = SiloRow.Find(spec),
                Pending = spec.TryGetProperty("pending", out JsonElement pending) ? SiloRow.Find(pending) : null,
            };
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"{metadata.Key} is no record of a membership table: {fault.Message}", fault);
        }
    }
}
