using Kthena.Grains.Bridge;
using Kthena.Grains.Facts;
using Kthena.Kubernetes.Core;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Cluster;

/// <summary>This silo's informers: one for each kind that has a bridge. An optional kind may be missing from the API server.</summary>
internal sealed class InformerSet
{
    private readonly Dictionary<ResourceKind, Entry> _entries = [];
    private readonly Informer<CustomResourceDefinition> _setDefinition;

    public InformerSet(KubernetesClient client, SiloOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        ILogger logger = loggers.CreateLogger<InformerSet>();
        Add<ModelServing>(ListQuery.All);
        Add<ControllerRevision>(ListQuery.All);
        Add<Pod>(new ListQuery { LabelSelector = options.PodLabelSelector });
        Add<Service>(new ListQuery { LabelSelector = Model.Serving.ServingLabels.GroupName });
        Add<ModelServer>(ListQuery.All);
        Add<ModelRoute>(ListQuery.All);
        Add<LeaderWorkerSet>(ListQuery.All, isOptional: true, isKnownAbsent: () => IsKnownAbsent(_setDefinition!, ResourceKinds.LeaderWorkerSet));
        // Volcano may come and go while we run; its definition tells at once, where the kind alone would be looked for now and then.
        Add<PodGroup>(
            new ListQuery { LabelSelector = Model.Serving.ServingLabels.GroupName },
            isOptional: true,
            isKnownAbsent: () => IsKnownAbsent(Of<CustomResourceDefinition>(), ResourceKinds.PodGroup));
        Add<CustomResourceDefinition>(new ListQuery { FieldSelector = $"metadata.name={ResourceKinds.PodGroup}" }, isOptional: true);
        Of<CustomResourceDefinition>().Subscribe(_ => Of<PodGroup>().Recheck());
        // So may the definition of LeaderWorkerSets, of which nothing else matters.
        _setDefinition = new Informer<CustomResourceDefinition>(
            client,
            new InformerOptions<CustomResourceDefinition> { Query = new ListQuery { FieldSelector = $"metadata.name={ResourceKinds.LeaderWorkerSet}" }, IsOptional = true },
            time,
            options.Chance(),
            logger);
        _setDefinition.Subscribe(_ => Of<LeaderWorkerSet>().Recheck());
        ResourceKind? forgotten = ChangeRoutes.Kinds.FirstOrDefault(kind => !_entries.ContainsKey(kind));
        if (forgotten is not null)
            throw new InvalidOperationException($"The bridge follows {forgotten}, which has no informer.");

        void Add<T>(ListQuery query, bool isOptional = false, Func<bool>? isKnownAbsent = null)
            where T : class, IKubernetesResource<T>
        {
            var settings = new InformerOptions<T> { Query = query, IsOptional = isOptional, IsKnownAbsent = isKnownAbsent ?? (static () => false) };
            foreach (FactIndex index in Enum.GetValues<FactIndex>())
                settings = settings.WithIndex(index.ToString(), item => FactKeys.Of(index, item.Metadata));
            var informer = new Informer<T>(client, settings, time, options.Chance(), logger);
            var deletions = new RecentDeletions<T>(informer, time);
            _entries[T.ResourceKind] = new Entry(
                informer,
                informer.RunAsync,
                () => informer.HasSynced,
                () => informer.IsServed,
                () => informer.ObservedVersion,
                () => new InformerSubscription<T>(informer, deletions));
        }
    }

    /// <summary>Whether every kind was listed at least once, or is known to be missing.</summary>
    public bool HasSynced => _entries.Values.All(static entry => entry.HasSynced());

    /// <summary>The informer of a kind.</summary>
    /// <typeparam name="T">The kind's view.</typeparam>
    public Informer<T> Of<T>()
        where T : class, IKubernetesResource<T> => (Informer<T>)Find(T.ResourceKind).Informer;

    /// <summary>Whether the API server serves a kind.</summary>
    public bool IsServed(ResourceKind kind) => Find(kind).IsServed();

    /// <summary>How far a kind's cache has come.</summary>
    public ulong VersionOf(ResourceKind kind) => Find(kind).Version();

    /// <summary>Follows a kind.</summary>
    public IChangeSubscription Subscribe(ResourceKind kind) => Find(kind).Subscribe();

    /// <summary>Runs every informer until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(_entries.Values.Select(entry => entry.Run(cancellation)).Append(_setDefinition.RunAsync(cancellation)));

    /// <summary>
    /// Whether a kind's definition is watched and does not serve the kind: then there is nothing to look for until it tells otherwise.
    /// Where definitions may not be read nothing is known, and the kind is looked for now and then.
    /// </summary>
    private static bool IsKnownAbsent(Informer<CustomResourceDefinition> definitions, ResourceKind kind) =>
        definitions.IsServed && !definitions.Snapshot.Items.Any(definition => definition.ServedVersions.Contains(kind.Version));

    private Entry Find(ResourceKind kind) => _entries.TryGetValue(kind, out Entry? entry)
        ? entry
        : throw new ArgumentException($"This silo does not watch {kind}.", nameof(kind));

    private sealed record Entry(
        object Informer,
        Func<CancellationToken, Task> Run,
        Func<bool> HasSynced,
        Func<bool> IsServed,
        Func<ulong> Version,
        Func<IChangeSubscription> Subscribe);
}
