namespace Kthena.Simulation.ControlPlane;

/// <summary>A mistake planted between the control plane and the API server, which the simulator must find.</summary>
public enum Mistake
{
    /// <summary>None: every seed passes.</summary>
    None,

    /// <summary>Deletions say no UID, so a late one hits the pod that took the name.</summary>
    DeleteByNameAlone,

    /// <summary>Deletions are answered and never carried out.</summary>
    DeletionsLost,

    /// <summary>Pods are labelled with a revision that was never stored.</summary>
    PodsOfAnUnstoredRevision,

    /// <summary>A rollout adds more groups than it may.</summary>
    SurgeTooLarge,

    /// <summary>The status says something new at every look.</summary>
    StatusNeverTheSame,

    /// <summary>More groups are taken at once than may be.</summary>
    BudgetTooLarge,
}
