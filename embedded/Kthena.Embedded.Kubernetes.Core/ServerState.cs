using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Admission;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Core.Writing;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core;

/// <summary>What the request handlers share. Whatever changes or reads more than one thing holds <see cref="Gate"/>.</summary>
internal sealed class ServerState
{
    private readonly IIdentifierSource _identifiers;
    private Exception? _failure;

    public ServerState(ApiServerOptions options)
    {
        Time = options.Time;
        _identifiers = options.Identifiers;
        Preparer = new ObjectPreparer([.. options.Admission]);
        Store = new ObjectStore(options.Journal, options.HistoryLength);
        foreach (ApiKind kind in BuiltInKinds.All())
            Register(kind);
        foreach (StoredObject definition in Store.Find(CustomResourceDefinitions.Resource.ToString())!.Objects.Values)
            Register(CustomResourceDefinitions.Compile(definition));
        Store.Changed = OnChanged;
    }

    public Lock Gate { get; } = new();

    public TimeProvider Time { get; }

    public KindRegistry Registry { get; } = new();

    public ObjectStore Store { get; }

    public ObjectPreparer Preparer { get; }

    /// <summary>Told of every change, under the gate.</summary>
    public Action<ApiKind, WatchEvent>? Observer { get; set; }

    public KindContext Context() => new() { Now = Time.GetUtcNow(), Store = Store, Identifiers = _identifiers };

    /// <summary>The kind that a path names.</summary>
    /// <exception cref="ApiError">No such kind is served.</exception>
    public ApiKind KindOf(ResourcePath path) => Registry.Find(path) ?? throw ApiError.NoSuchPath();

    /// <summary>Fails unless the namespace can take new objects.</summary>
    public void RequireNamespace(ApiKind kind, string? ns, string name)
    {
        if (!kind.Resource.IsNamespaced)
            return;
        StoredObject found = Store.Find(ResourceKinds.Namespace.ToString())!.Find(new ObjectKey("", ns ?? ""))
            ?? throw ApiError.NotFound(ResourceKinds.Namespace, ns ?? "");
        if (found.IsDeleting)
            throw ApiError.Forbidden(kind.Resource, name, $"unable to create new content in namespace {ns} because it is being terminated");
    }

    /// <summary>Waits until a write is durable and lets watchers see it. Not called under the gate.</summary>
    /// <exception cref="ApiError">The journal failed: this server takes no more writes.</exception>
    public async Task SettleAsync(Task durable)
    {
        try
        {
            await durable;
        }
        catch (Exception failure) when (failure is not ApiError)
        {
            _failure ??= failure;
            throw Failed(failure);
        }
        lock (Gate)
            Store.Publish();
    }

    /// <summary>Writes changes. Called under the gate.</summary>
    public (ImmutableArray<StoredObject> Stored, Task Durable) Write(IReadOnlyList<ObjectChange> changes)
    {
        if (_failure is not null)
            throw Failed(_failure);
        try
        {
            return Store.Write(changes);
        }
        catch (IOException refusal)
        {
            throw ApiError.Unavailable(refusal.Message);
        }
    }

    private static ApiError Failed(Exception failure) =>
        ApiError.Internal($"the data folder cannot be written to, so nothing more is accepted until a restart: {failure.Message}");

    private void Register(ApiKind kind)
    {
        Store.Register(kind);
        Registry.Add(kind);
    }

    private void OnChanged(ApiKind kind, WatchEvent happened)
    {
        if (kind.Resource == CustomResourceDefinitions.Resource)
        {
            ApiKind defined = CustomResourceDefinitions.Compile(happened.Now);
            if (happened.IsDelete)
            {
                Store.Unregister(defined);
                Registry.Remove(defined);
            }
            else
            {
                Register(defined);
            }
        }
        Observer?.Invoke(kind, happened);
    }
}
