using System.Collections.Immutable;
using System.Diagnostics;
using Kthena.Model.Resources;
using Kthena.Model.Serving;
using Kthena.Planning.Serving;
using Xunit.Abstractions;

namespace Kthena.Planning.Tests.Exhaustive;

/// <summary>
/// Every reachable state of small rollouts. A run takes a fixed part of the sizes; <c>KTHENA_TEST_SIZE=full</c> takes all.
/// </summary>
public sealed class ExhaustiveTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int Every = WorldSize.EveryDisturbance;
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full";

    [Fact]
    public void RoleRollout_OneRoleOfFourInstances_EveryStateIsSoundAndSettles() => Check("1 role x 4 instances",
        from partition in Upto(4)
        from unavailable in Upto(4).Skip(1)
        where IsFull || (partition, unavailable) is (0, 1) or (1, 2) or (2, 1)
        select new WorldSize(1, 1, 4, partition, unavailable, 0) { IsRoleRolling = true, Disturbances = IsFull ? Every : 1 });

    [Fact]
    public void GroupRollout_FourGroups_EveryStateIsSoundAndSettles() => Check("4 groups",
        from surge in Upto(4)
        from partition in Upto(4)
        from unavailable in Upto(4)
        where unavailable + surge > 0 && (IsFull || (partition, unavailable, surge) is (0, 1, 0) or (1, 0, 1) or (2, 1, 1))
        select new WorldSize(4, 1, 1, partition, unavailable, surge) { Disturbances = IsFull ? Every : 1 });

    /// <summary>What the status says of before tells groups that were lost from those that never were.</summary>
    [Fact]
    public void GroupRollout_WhateverTheStatusSaysOfBefore_EveryStateIsSoundAndSettles() => Check("4 groups and any old status",
        from surge in Upto(2)
        from partition in Upto(4)
        from unavailable in Upto(4)
        where unavailable + surge > 0 && (IsFull || (partition, unavailable, surge) is (0, 1, 0) or (1, 0, 1) or (1, 2, 0))
        select new WorldSize(4, 1, 1, partition, unavailable, surge) { HasOldStatus = true });

    [Fact]
    public void BothLevels_TwoGroupsOfTwoRolesOfTwo_EveryStateIsSoundAndSettles() => Check("2 x 2 x 2",
        from isRole in new[] { true, false }
        from surge in isRole ? [0] : Upto(2)
        from partition in Upto(2)
        from unavailable in Upto(2).Skip(surge > 0 ? 0 : 1)
        from groups in isRole ? Upto(1) : [0]
        where IsFull || (isRole, partition, unavailable) is (true, 1, 1) or (false, 0, 1)
        where IsFull || surge == 0
        select new WorldSize(2, 2, 2, partition, unavailable, surge)
        {
            IsRoleRolling = isRole,
            GroupsMaxUnavailable = groups,
            // With two groups of surge above groups that nothing protects there are too many states for every order.
            Disturbances = !IsFull ? 0 : surge == 2 && partition == 0 ? 3 : Every,
        });

    /// <summary>Both levels once more, so small that every order of disturbances can be had.</summary>
    [Fact]
    public void BothLevels_InFourPlaces_EveryOrderOfDisturbancesIsSoundAndSettles() => Check("2 x 2 x 1, 2 x 1 x 2 and 1 x 2 x 2",
        from shape in new (int Groups, int Roles, int Instances)[] { (2, 2, 1), (2, 1, 2), (1, 2, 2) }
        from isRole in new[] { true, false }
        let most = isRole ? shape.Instances : shape.Groups
        from partition in Upto(most)
        from unavailable in Upto(most).Skip(1)
        from groups in isRole ? Upto(1) : [0]
        where IsFull || (partition, unavailable, groups) is (0, 1, 0)
        select new WorldSize(shape.Groups, shape.Roles, shape.Instances, partition, unavailable, 0)
        {
            IsRoleRolling = isRole,
            GroupsMaxUnavailable = groups,
            Disturbances = IsFull ? Every : 1,
        });

    /// <summary>Folding leaves nothing out: what the folded states stand for is what is found one by one.</summary>
    [Theory]
    [InlineData(1, 1, 3, 1, 1, 0, true, 0)]
    [InlineData(1, 2, 2, 1, 1, 0, true, 0)]
    [InlineData(2, 2, 1, 0, 1, 0, true, 1)]
    [InlineData(2, 1, 2, 0, 1, 0, false, 0)]
    [InlineData(1, 2, 2, 0, 1, 0, false, 0)]
    [InlineData(3, 1, 1, 1, 1, 1, false, 0)]
    public void StatesThatAreOne_AreAsManyAsOneByOne(int groups, int roles, int instances, int partition, int unavailable, int surge, bool isRole, int budget)
    {
        var size = new WorldSize(groups, roles, instances, partition, unavailable, surge) { IsRoleRolling = isRole, GroupsMaxUnavailable = budget };
        var folded = new StateSearch(new UnitWorld(size));
        long found = folded.Run();
        output.WriteLine($"{size}: {found} states for {folded.Unfolded}");
        folded.Unfolded.ShouldBe(new StateSearch(new UnitWorld(size), folds: false).Run());
    }

    [Theory]
    [InlineData(RecoveryPolicy.RoleRecreate)]
    [InlineData(RecoveryPolicy.None)]
    public void RoleInstance_OfFourPods_EveryStateIsSoundAndSettles(RecoveryPolicy policy) =>
        output.WriteLine($"one instance of 4 pods under {policy}: {new InstanceSearch(policy, pods: 4).Run()} states, with every order of disturbances");

    /// <summary>A hundred walks in each of a hundred worlds by chance, ten times that many at full size.</summary>
    [Fact]
    public void AnyWalk_OfALargerWorld_KeepsTheRulesAndComesToRest()
    {
        const int walks = 100;
        int worlds = IsFull ? 1000 : 100;
        int late = 0, conflicts = 0, disturbances = 0, crashes = 0;
        long began = Stopwatch.GetTimestamp();
        for (int seed = 0; seed < worlds; seed++)
        {
            var chance = new Random(seed);
            WorldSize size = Draw(chance);
            var walk = new StateWalk(new UnitWorld(size));
            for (int number = 0; number < walks; number++)
            {
                try
                {
                    walk.Run(chance);
                }
                catch (StateException broken)
                {
                    throw new StateException($"seed {seed}, walk {number}: {broken.Message}");
                }
            }
            late += walk.LateLooks;
            conflicts += walk.Conflicts;
            disturbances += walk.Disturbances;
            crashes += walk.Crashes;
        }
        Tell($"{worlds * walks} walks of {worlds} worlds with {disturbances} disturbances, {crashes} crashes, {late} late looks, {conflicts} conflicts in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        int[] counted = [late, conflicts, disturbances, crashes];
        counted.ShouldAllBe(static count => count > 0);
    }

    [Fact]
    public void Kthena1743_SurgeWaitsForProtectedGroups_IsCaught() => Caught(
        new WorldSize(2, 1, 1, Partition: 1, MaxUnavailable: 0, MaxSurge: 1),
        static observed => new ServingObservation(
            observed.Serving with { Spec = observed.Serving.Spec with { RolloutStrategy = observed.Serving.Spec.RolloutStrategy with { Partition = null } } },
            observed.Revisions,
            observed.Groups),
        static (plan, observed) => observed.Groups.Length > 2 && observed.Groups.Any(group => group.Summary.Roles[0].Revision != observed.Revisions.Update)
            ? plan with { Writes = [], Orders = [.. plan.Orders.Where(static order => !order.Assignment.IsDeleting)] }
            : plan);

    [Fact]
    public void Rbg307_PartitionOfOneForOneReplica_IsCaught() => Caught(
        new WorldSize(1, 1, 1, Partition: 0, MaxUnavailable: 1, MaxSurge: 0),
        static observed => new ServingObservation(
            observed.Serving with
            {
                Spec = observed.Serving.Spec with
                {
                    RolloutStrategy = observed.Serving.Spec.RolloutStrategy with { Partition = IntOrPercent.FromInt(1) },
                },
            },
            observed.Revisions,
            observed.Groups),
        static (plan, _) => plan);

    [Fact]
    public void Lws280_LostPodOfAnOldGroupBuiltFromTheNewTemplate_IsCaught() => Caught(
        new WorldSize(1, 2, 1, Partition: 0, MaxUnavailable: 1, MaxSurge: 0) { Disturbances = 1 },
        static observed => observed,
        static (plan, observed) => plan with
        {
            Orders =
            [
                .. plan.Orders.Select(order => order.Assignment.IsDeleting ? order : order with
                {
                    Assignment = order.Assignment with
                    {
                        Revision = observed.Revisions.Update,
                        Roles = observed.Revisions.RolesOf(observed.Revisions.Update)!.Value,
                    },
                }),
            ],
        });

    [Fact]
    public void VictimsDeletedBeforeTheyAreRecorded_AreCaught() => Caught(
        new WorldSize(2, 1, 1, Partition: 0, MaxUnavailable: 1, MaxSurge: 0),
        static observed => observed,
        static (plan, observed) => plan with
        {
            Orders = [.. plan.Orders.Select(order => order with
            {
                Assignment = order.Assignment with
                {
                    IsDeleting = true,
                    VictimUids = [.. observed.Groups.Where(group => group.Summary.Ordinal == order.Ordinal).SelectMany(static group => group.Summary.Roles).SelectMany(static role => role.PodUids)],
                },
            })],
        });

    [Fact]
    public void BudgetThatForgetsWhatIsUnderWay_IsCaught() => Caught(
        new WorldSize(3, 1, 1, Partition: 0, MaxUnavailable: 1, MaxSurge: 0) { Disturbances = 1 },
        static observed => new ServingObservation(
            observed.Serving with
            {
                Spec = observed.Serving.Spec with
                {
                    RolloutStrategy = observed.Serving.Spec.RolloutStrategy with { MaxUnavailable = IntOrPercent.FromInt(2) },
                },
            },
            observed.Revisions,
            observed.Groups),
        static (plan, _) => plan);

    /// <summary>What the search takes for granted of the planners is held against them.</summary>
    [Fact]
    public void PlannerThatTellsFailedFromStarting_IsNotFolded()
    {
        var world = new UnitWorld(
            new WorldSize(4, 1, 1, Partition: 0, MaxUnavailable: 1, MaxSurge: 0),
            static observed =>
            {
                ServingPlan plan = ModelServingPlanner.Plan(observed, Now);
                return observed.Groups.Any(static group => group.Summary.Roles.Any(static role => role.Phase == RolePhase.Failed)) ? plan with { Orders = [] } : plan;
            });
        Should.Throw<StateException>(() => new StateSearch(world).Run()).Message.ShouldStartWith("not one with its fold");
    }

    private static WorldSize Draw(Random chance)
    {
        (int groups, int roles, int instances)[] shapes = [(6, 1, 1), (8, 1, 1), (4, 2, 1), (5, 3, 1), (3, 2, 2), (4, 2, 2), (2, 2, 4), (1, 1, 12), (2, 1, 6)];
        (int groups, int roles, int instances) = shapes[chance.Next(shapes.Length)];
        bool isRole = instances > 2 || chance.Next(2) == 0;
        int room = (UnitState.PlacesMax / (roles * instances)) - groups;
        int surge = isRole ? 0 : chance.Next(Math.Min(room, groups) + 1);
        int most = isRole ? instances : groups;
        return new WorldSize(groups, roles, instances, chance.Next(most + 1), chance.Next(surge > 0 ? 0 : 1, most + 1), surge)
        {
            IsRoleRolling = isRole,
            GroupsMaxUnavailable = isRole ? chance.Next(groups + 1) : 0,
        };
    }

    private static int[] Upto(int last) => [.. Enumerable.Range(0, last + 1)];

    private void Check(string name, IEnumerable<WorldSize> sizes)
    {
        long states = 0, unfolded = 0, worlds = 0, complete = 0;
        long began = Stopwatch.GetTimestamp();
        Parallel.ForEach(sizes, new ParallelOptions { MaxDegreeOfParallelism = IsFull ? 2 : 1 }, size =>
        {
            long start = Stopwatch.GetTimestamp();
            var search = new StateSearch(new UnitWorld(size));
            long found = search.Run();
            Interlocked.Add(ref states, found);
            Interlocked.Add(ref unfolded, search.IsBounded ? found : search.Unfolded);
            Interlocked.Increment(ref worlds);
            Interlocked.Add(ref complete, search.IsBounded ? 0 : 1);
            if (IsFull)
                Tell($"{size}: {found} states{(search.IsBounded ? "" : $" for {search.Unfolded}, complete")}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s");
        });
        Tell($"{name}: {states} states for {unfolded} of {worlds} worlds, {complete} of them with every order of disturbances, in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        states.ShouldBeGreaterThan(worlds);
    }

    /// <summary>A full run is long: what is done is told at once.</summary>
    private void Tell(string line)
    {
        output.WriteLine(line);
        if (IsFull)
            Console.Error.WriteLine(line);
    }

    /// <summary>The same search with a planted bug, in what the planner is shown or in what becomes of its plan.</summary>
    private void Caught(WorldSize size, Func<ServingObservation, ServingObservation> shown, Func<ServingPlan, ServingObservation, ServingPlan> done)
    {
        new StateSearch(new UnitWorld(size)).Run().ShouldBeGreaterThan(1L);
        var broken = new UnitWorld(size, observed => done(ModelServingPlanner.Plan(shown(observed), Now), observed));
        output.WriteLine(Should.Throw<StateException>(() => new StateSearch(broken, folds: false).Run()).Message);
    }
}
