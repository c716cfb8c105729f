using System.Globalization;
using Kthena.Model.Serving;

namespace Kthena.Planning.Serving;

/// <summary>
/// A pod that serves and is to go is marked first: routers send it nothing new, and after the drain period it is deleted.
/// The mark is on the pod, so the period does not start anew with another activation.
/// </summary>
internal static class RoleDrain
{
    /// <summary>Whether the pod has to be marked.</summary>
    /// <param name="victim">The pod.</param>
    /// <param name="assignment">What its group wants.</param>
    public static bool MustBegin(RoleMember victim, RoleAssignment assignment) =>
        Drains(victim, assignment) && !victim.Pod.IsDraining;

    /// <summary>When the pod may be deleted; null for now, or for a pod that is not marked yet.</summary>
    /// <param name="victim">The pod.</param>
    /// <param name="assignment">What its group wants.</param>
    /// <param name="now">The instant of the look.</param>
    public static DateTimeOffset? End(RoleMember victim, RoleAssignment assignment, DateTimeOffset now)
    {
        bool isMarked = DateTimeOffset.TryParse(
            victim.Pod.Metadata.Annotations[ServingLabels.Draining], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since);
        // A mark from the future is some clock's mistake: no pod waits longer than the period.
        return isMarked && Drains(victim, assignment) && since <= now && since + assignment.Policies.DrainPeriod > now
            ? since + assignment.Policies.DrainPeriod
            : null;
    }

    /// <summary>The mark.</summary>
    /// <param name="now">The instant of the look.</param>
    public static string Write(DateTimeOffset now) => now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static bool Drains(RoleMember victim, RoleAssignment assignment) =>
        assignment.Drains && assignment.Policies.DrainPeriod > TimeSpan.Zero && victim.Pod.IsServing;
}
