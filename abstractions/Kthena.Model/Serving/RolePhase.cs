namespace Kthena.Model.Serving;

/// <summary>Where a role instance stands. Computed from its pods at every look, never stored.</summary>
[GenerateSerializer]
public enum RolePhase
{
    /// <summary>It has no pod.</summary>
    Absent,

    /// <summary>Some of its pods are missing.</summary>
    Incomplete,

    /// <summary>All of its pods are there and not all are ready.</summary>
    Starting,

    /// <summary>All of its pods are running and ready.</summary>
    Running,

    /// <summary>A pod failed or restarted, and its grace period is still running.</summary>
    Degraded,

    /// <summary>A pod failed, restarted or was lost, and its grace period is over.</summary>
    Failed,

    /// <summary>A pod is being deleted.</summary>
    Terminating,
}
