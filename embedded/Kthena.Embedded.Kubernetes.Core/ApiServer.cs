using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Discovery;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Housekeeping;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Logs;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Reading;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Writing;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core;

/// <summary>
/// A Kubernetes API server at the level of requests: no sockets, no threads, no clock of its own. A host or a simulation
/// hands it requests, from as many threads as it likes, and keeps <see cref="RunControllersAsync"/> running.
/// </summary>
public sealed class ApiServer
{
    private static readonly ImmutableArray<string> FirstNamespaces = ["default", "kube-public", "kube-system"];

    private readonly ServerState _state;
    private readonly ResourceReader _reader;
    private readonly ResourceWriter _writer;
    private readonly ResourceDeleter _deleter;
    private readonly PodLogReader _logs;
    private readonly Housekeeper _housekeeper;
    private readonly GeneralEndpoints _general;

    private ApiServer(ServerState state, IPodLogs? logs)
    {
        _state = state;
        _reader = new ResourceReader(state);
        _writer = new ResourceWriter(state);
        _deleter = new ResourceDeleter(state);
        _logs = new PodLogReader(state, logs);
        _housekeeper = new Housekeeper(state);
        _general = new GeneralEndpoints(state);
    }

    /// <summary>Takes up what the journal keeps, creates the first namespaces and applies the given definitions.</summary>
    /// <param name="options">What the server is made of.</param>
    /// <returns>The server, ready for requests.</returns>
    /// <exception cref="InvalidOperationException">A definition is invalid; the message says which and why.</exception>
    public static async Task<ApiServer> StartAsync(ApiServerOptions options)
    {
        var server = new ApiServer(new ServerState(options), options.PodLogs);
        foreach (string name in FirstNamespaces)
            await server.EnsureAsync(ResourceKinds.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });
        foreach (ReadOnlyMemory<byte> definition in options.Definitions)
            await server.EnsureAsync(CustomResourceDefinitions.Resource, Json.ParseOwn(definition));
        return server;
    }

    /// <summary>Carries out one request.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The answer, errors included; a watch is open and the caller's to dispose. A write is durable by then.</returns>
    public async ValueTask<ApiResponse> HandleAsync(ApiRequest request)
    {
        try
        {
            return await RouteAsync(request);
        }
        catch (ApiError error)
        {
            return error.ToResponse();
        }
    }

    /// <summary>Binds pods, collects garbage and empties namespaces until cancelled.</summary>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Task RunControllersAsync(CancellationToken cancellation) => _housekeeper.RunAsync(cancellation);

    /// <summary>Does the controllers' present work and returns: for tests that run no loop.</summary>
    public Task DrainControllersAsync() => _housekeeper.DrainAsync();

    private ValueTask<ApiResponse> RouteAsync(ApiRequest request)
    {
        var query = new QueryParameters(request.Query);
        if (_general.TryAnswer(request, out ApiResponse? answer))
            return ValueTask.FromResult(answer);
        ResourcePath path = ResourcePath.Parse(request.Path) ?? throw ApiError.NoSuchPath();
        ApiKind kind;
        lock (_state.Gate)
            kind = _state.KindOf(path);
        if (path.Name is not null && kind.Resource.IsNamespaced && path.Namespace is null && !path.IsLegacyWatch)
            throw ApiError.NoSuchPath();
        RequireSubresource(kind, path);
        return path.Name is null ? OnCollection(kind, path, request, query) : OnObject(kind, path, request, query);
    }

    private ValueTask<ApiResponse> OnCollection(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query) => request.Method switch
    {
        "GET" when path.IsLegacyWatch || (query.Has("watch") && query.Flag("watch")) => ValueTask.FromResult(_reader.Watch(kind, path, request, query)),
        "GET" or "HEAD" => ValueTask.FromResult(_reader.List(kind, path, request, query)),
        "POST" when kind.Resource.IsNamespaced && path.Namespace is null => throw ApiError.MethodNotAllowed("a namespace must be named"),
        "POST" => _writer.CreateAsync(kind, path, request, query),
        "DELETE" => _deleter.DeleteCollectionAsync(kind, path, request, query),
        _ => throw ApiError.MethodNotAllowed($"{request.Method} {request.Path}"),
    };

    private ValueTask<ApiResponse> OnObject(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query) => (request.Method, path.Subresource) switch
    {
        ("GET", null) when path.IsLegacyWatch || (query.Has("watch") && query.Flag("watch")) => ValueTask.FromResult(_reader.Watch(kind, path, request, query)),
        ("GET" or "HEAD", null or "status" or "scale") => ValueTask.FromResult(_reader.Get(kind, path, request, query)),
        ("PUT" or "PATCH", null or "status" or "scale") => _writer.ChangeAsync(kind, path, request, query),
        ("DELETE", null) => _deleter.DeleteAsync(kind, path, request, query),
        ("POST", "binding") => _writer.BindAsync(kind, path, request),
        ("GET", "log") => _logs.ReadAsync(path, query),
        (_, "exec" or "attach" or "portforward" or "proxy" or "eviction" or "ephemeralcontainers") => throw ApiError.NotImplemented(
            $"{path.Subresource} of a pod is not served: its containers are simulated, and there is no process behind them; logs can be read"),
        _ => throw ApiError.MethodNotAllowed($"{request.Method} {request.Path}"),
    };

    private static void RequireSubresource(ApiKind kind, ResourcePath path)
    {
        bool exists = path.Subresource switch
        {
            null => true,
            "status" => kind.HasStatus,
            "scale" => kind.Scale is not null,
            _ => kind.Resource == ResourceKinds.Pod,
        };
        if (!exists)
            throw ApiError.NoSuchPath();
    }

    /// <summary>Creates an object, or brings the stored one to the given content.</summary>
    private async Task EnsureAsync(ResourceKind kind, JsonObject json)
    {
        string name = json.Object("metadata").String("name") ?? "";
        ApiResponse existing = await HandleAsync(new ApiRequest("GET", kind.ObjectPath(null, name)));
        ApiResponse result = existing.Status == 404
            ? await HandleAsync(new ApiRequest("POST", kind.CollectionPath()) { Body = Json.Write(json) })
            : await HandleAsync(new ApiRequest("PATCH", kind.ObjectPath(null, name)) { ContentType = MediaTypes.MergePatch, Body = Json.Write(json) });
        if (!result.IsSuccess)
            throw new InvalidOperationException($"{kind.Kind} '{name}' cannot be served: {result.BodyJson().GetProperty("message").GetString()}");
    }
}
