using Kthena.Kubernetes.Core;
using Kthena.Plugins;

namespace Kthena.Silo;

/// <summary>Settings of a silo.</summary>
public sealed record SiloOptions
{
    /// <summary>What reaches the API server. It stays the caller's.</summary>
    public required IKubernetesTransport Transport { get; init; }

    /// <summary>
    /// Which pods the silo watches, as a label selector; null for all. The control plane needs those with the label
    /// <c>modelserving.volcano.sh/group-name</c>; routing needs every pod that a ModelServer selects, so a narrower selector
    /// than null is for clusters where all engines are run by ModelServings.
    /// </summary>
    public string? PodLabelSelector { get; init; }

    /// <summary>
    /// Whether LeaderWorkerSets are turned into ModelServings; to be turned off where their own controller runs, for a set that
    /// both serve has every pod twice.
    /// </summary>
    public bool ServesLeaderWorkerSets { get; init; } = true;

    /// <summary>
    /// Whether ModelServings are served; to be turned off, in every silo of the cluster, where another control plane does that and only
    /// gateways are looked after. LeaderWorkerSets are not served then either.
    /// </summary>
    public bool ServesModelServings { get; init; } = true;

    /// <summary>Writes to the API server that may be in flight at once.</summary>
    public int WritesMax { get; init; } = 32;

    /// <summary>The plugins that ModelServings may name: the same in every silo, and at admission.</summary>
    public PluginRegistry Plugins { get; init; } = PluginRegistry.BuiltIn;

    /// <summary>How often this silo makes sure that the bridges are alive.</summary>
    public TimeSpan PokeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How soon a bridge that did not answer is called again.</summary>
    public TimeSpan PokeRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The component that events name.</summary>
    public string EventComponent { get; init; } = "modelserving-controller";

    /// <summary>Makes the generators that spread retries and keep names of events apart; a simulation seeds them.</summary>
    internal Func<Random> Chance { get; init; } = static () => new Random();

    internal void Validate()
    {
        var problems = new List<string>();
        if (WritesMax < 1)
            problems.Add($"{nameof(WritesMax)} must be at least 1, not {WritesMax}.");
        if (PokeInterval <= TimeSpan.Zero)
            problems.Add($"{nameof(PokeInterval)} must be more than nothing.");
        if (PokeRetryDelay <= TimeSpan.Zero || PokeRetryDelay > PokeInterval)
            problems.Add($"{nameof(PokeRetryDelay)} must be more than nothing and at most {nameof(PokeInterval)}.");
        if (EventComponent.Length == 0)
            problems.Add($"{nameof(EventComponent)} must not be empty.");
        if (PodLabelSelector is { Length: 0 })
            problems.Add($"{nameof(PodLabelSelector)} must be null or a selector, not empty.");
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(' ', problems));
    }
}
