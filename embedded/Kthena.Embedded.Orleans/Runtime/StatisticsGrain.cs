using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>Counts what is active on all silos. It looks at their catalogs at once, without a call to them.</summary>
[GrainType("kthena.statistics")]
internal sealed class StatisticsGrain : Grain, IManagementGrain
{
    private IEnumerable<SiloRuntime> Silos
    {
        get
        {
            var here = Activation.Of(this).Silo;
            return here.Network is { } network ? network.Running : [here];
        }
    }

    public Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics() => Task.FromResult(Silos
        .SelectMany(silo => Classes(silo).Where(one => one.Count > 0).Select(one => new SimpleGrainStatistic
        {
            GrainType = NameOf(one),
            SiloAddress = silo.Address,
            ActivationCount = one.Count,
        }))
        .ToArray());

    public Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types = null, SiloAddress[]? hostsIds = null) =>
        Task.FromResult(Silos
            .Where(silo => hostsIds is null || hostsIds.Contains(silo.Address))
            .SelectMany(silo => Classes(silo)
                .Where(one => types is null || types.Contains(NameOf(one)))
                .SelectMany(one => one.Activations.OrderBy(activation => activation.Key, StringComparer.Ordinal))
                .Select(activation => new DetailedGrainStatistic
                {
                    GrainType = NameOf(activation.Class),
                    SiloAddress = silo.Address,
                    GrainId = activation.GrainId,
                }))
            .ToArray());

    public Task<int> GetTotalActivationCount() => Task.FromResult(Silos.SelectMany(Classes).Sum(one => one.Count));

    private static IEnumerable<GrainClass> Classes(SiloRuntime silo) =>
        silo.Catalog.Classes.OrderBy(one => one.Name, StringComparer.Ordinal);

    private static string NameOf(GrainClass grainClass) => $"{grainClass.Type.FullName},{grainClass.Type.Assembly.GetName().Name}";
}
