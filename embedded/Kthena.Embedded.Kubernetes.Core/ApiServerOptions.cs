using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Admission;
using Kthena.Embedded.Kubernetes.Core.Logs;
using Kthena.Embedded.Kubernetes.Core.Objects;

namespace Kthena.Embedded.Kubernetes.Core;

/// <summary>What an <see cref="ApiServer"/> is made of.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Changes of a kind that a watch may start behind, when nothing else is said.</summary>
    public const int HistoryLengthDefault = 16_384;

    /// <summary>The clock of timestamps, time limits and ages.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where UIDs and generated names come from.</summary>
    public required IIdentifierSource Identifiers { get; init; }

    /// <summary>Where objects are kept; read once at start.</summary>
    public IObjectJournal Journal { get; init; } = new MemoryJournal();

    /// <summary>Rules beyond schemas.</summary>
    public ImmutableArray<IAdmissionPlugin> Admission { get; init; } = [new KthenaAdmission()];

    /// <summary>CustomResourceDefinitions to serve, each as UTF-8 JSON; applied at start over stored ones of the same name.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Definitions { get; init; } = [];

    /// <summary>Who runs pods and can tell their logs; null when nobody in this process does.</summary>
    public IPodLogs? PodLogs { get; init; }

    /// <summary>Changes of a kind that are kept for watches; at least 64. The default is <see cref="HistoryLengthDefault"/>.</summary>
    public int HistoryLength { get; init; } = HistoryLengthDefault;
}
