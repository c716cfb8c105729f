using System.Collections.Immutable;
using Kthena.Routing.Matching;
using Microsoft.AspNetCore.Http;

namespace Kthena.Router.Gateway;

/// <summary>The second stage: finds the model server.</summary>
internal static class RouteStage
{
    private const int ShownCharsMax = 256;

    public static RouteError? Match(RoutedRequest request)
    {
        ulong seed = request.Seed;
        RouteMatch match = request.Table.Routes.Match(
            request.Model, request.Http.Request.Path.Value ?? "", new Headers(request.Http.Request.Headers), ref seed);
        request.Seed = seed;
        request.Route = match;
        switch (match.Outcome)
        {
            case RouteOutcome.NoRoute:
                return new RouteError(StatusCodes.Status404NotFound, "route_not_found", "model_not_found", NotFound(request));
            case RouteOutcome.ServerMissing:
                return new RouteError(StatusCodes.Status404NotFound, "pod_discovery", "model_server_not_found", $"can't find model server: {match.Target}");
            case RouteOutcome.ProviderMissing:
                return new RouteError(
                    StatusCodes.Status404NotFound, "provider_discovery", "provider_not_found", $"can't find external model provider: {match.Target} (this gateway forwards to model servers only)");
        }
        request.Server = request.Table.Server(match.Target);
        if (request.Server.Endpoints.Length == 0)
            return new RouteError(StatusCodes.Status503ServiceUnavailable, "pod_discovery", "no_endpoints", $"no available pods for model server: {match.Target}");
        return request.Server.Compiled.Pairs is { Decode.IsEmpty: true }
            ? new RouteError(StatusCodes.Status503ServiceUnavailable, "pod_discovery", "no_endpoints",
                $"no available pods for model server: {match.Target}: no group has both a pod that prefills and one that decodes")
            : null;
    }

    private static string NotFound(RoutedRequest request)
    {
        RouteTable routes = request.Table.Routes;
        if (routes.ModelNames.BinarySearch(request.Model, StringComparer.Ordinal) >= 0)
            return $"route not found: model '{request.Model}' has routes, but no rule of theirs fits this request";
        return Unknown(routes, request.Model);
    }

    /// <summary>Says that nobody serves a model, and which names are near.</summary>
    public static string Unknown(RouteTable routes, string model)
    {
        ImmutableArray<string> near = NearMatches.Of(model, routes.ModelNames);
        // A name may be as long as a body: it is not sent back as a whole.
        string shown = model.Length <= ShownCharsMax ? model : string.Concat(model.AsSpan(0, ShownCharsMax), "…");
        return near.IsEmpty
            ? $"route not found: no route serves model '{shown}'"
            : $"route not found: no route serves model '{shown}'; did you mean {string.Join(" or ", near.Select(static name => $"'{name}'"))}?";
    }

    private readonly struct Headers(IHeaderDictionary headers) : IRequestHeaders
    {
        public string FirstValue(string name) => headers.TryGetValue(name, out var values) && values.Count > 0 ? values[0] ?? "" : "";
    }
}
