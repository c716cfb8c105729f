using Kthena.Model.Serving;
using Kthena.Planning.Serving;

namespace Kthena.Planning.Tests.Toy;

/// <summary>
/// What shells rest on that do not plan again while they see the same: a plan that asks for nothing, neither now nor later, asks for
/// nothing at any later time, and says the same. Checked at every look of every story and walk.
/// </summary>
internal sealed partial class ToyCluster
{
    private static readonly TimeSpan MuchLater = TimeSpan.FromDays(1);

    private void ShouldStayQuiet(RolePlan plan, Func<DateTimeOffset, RolePlan> replan)
    {
        if (plan is not { Writes: [], HasPluginFailed: false, RequeueAfter: null })
            return;
        RolePlan later = replan(Now + MuchLater);
        later.Writes.ShouldBeEmpty();
        later.RequeueAfter.ShouldBeNull();
        later.Summary.SaysTheSameAs(plan.Summary).ShouldBeTrue();
    }

    private void ShouldStayQuiet(ServingPlan plan, Func<DateTimeOffset, ServingPlan> replan)
    {
        if (plan is not { IsEmpty: true, Forgotten: [], RequeueAfter: null })
            return;
        ServingPlan later = replan(Now + MuchLater);
        later.IsEmpty.ShouldBeTrue();
        later.Forgotten.ShouldBeEmpty();
        later.RequeueAfter.ShouldBeNull();
    }
}
