using Kthena.Model;
using Kthena.Model.Routing;

namespace Kthena.Routing.Matching;

/// <summary>What became of matching a request.</summary>
public enum RouteOutcome
{
    /// <summary>A model server takes the request.</summary>
    Matched,

    /// <summary>No route fits.</summary>
    NoRoute,

    /// <summary>A route fits, but the model server that it names does not exist.</summary>
    ServerMissing,

    /// <summary>A route fits, but the external provider that it names does not exist.</summary>
    ProviderMissing,
}

/// <summary>Where a request goes.</summary>
/// <param name="Outcome">What became of matching.</param>
/// <param name="Route">The route that fits; null when none does.</param>
/// <param name="Target">The model server or provider that the route names; meaningless when no route fits.</param>
/// <param name="Server">The model server; null unless it takes the request.</param>
/// <param name="IsAdapter">Whether the requested name is a LoRA adapter: the engine is then asked for it by that name.</param>
public readonly record struct RouteMatch(
    RouteOutcome Outcome,
    RoutedModel? Route = null,
    NamespacedName Target = default,
    CompiledServer? Server = null,
    bool IsAdapter = false);
