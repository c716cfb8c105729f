namespace Kthena.Plugins;

/// <summary>What LeaderWorkerSets call things, and how their pods are named in DNS.</summary>
public static class LwsNames
{
    /// <summary>Label of a pod: its LeaderWorkerSet.</summary>
    public const string SetLabel = Prefix + "name";

    /// <summary>Label of a pod: the ordinal of its group.</summary>
    public const string GroupIndexLabel = Prefix + "group-index";

    /// <summary>Annotation of a pod: <see cref="UniquePerReplica"/> where each group has a Service of its own; absent where all share one.</summary>
    public const string SubdomainPolicy = Prefix + "subdomainPolicy";

    /// <summary>The value of <see cref="SubdomainPolicy"/>.</summary>
    public const string UniquePerReplica = "UniquePerReplica";

    internal const string Prefix = "leaderworkerset.sigs.k8s.io/";
}
