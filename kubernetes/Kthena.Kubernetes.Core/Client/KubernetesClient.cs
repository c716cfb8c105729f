using System.Collections.Immutable;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// Reads and writes objects through a transport. Bodies are JSON text, and views are only ever read: nothing is written back
/// whole, so fields that a view does not know are never lost. Safe for use from several callers at once.
/// </summary>
/// <remarks>
/// Every method throws <see cref="KubernetesApiException"/> on an error status and
/// <see cref="KubernetesUnreachableException"/> when no answer came in time.
/// </remarks>
public sealed class KubernetesClient : IDisposable
{
    private const string JsonType = "application/json";

    private readonly RequestSender _sender;
    private readonly string _lane;
    private readonly bool _ownsSender;

    /// <summary>Creates a client over a transport, which stays the caller's.</summary>
    /// <param name="transport">What carries the requests.</param>
    /// <param name="time">Measures the deadlines.</param>
    /// <param name="options">The settings; null takes the defaults.</param>
    public KubernetesClient(IKubernetesTransport transport, TimeProvider time, KubernetesClientOptions? options = null)
        : this(new RequestSender(transport, time, options ?? new KubernetesClientOptions()), "", ownsSender: true)
    {
    }

    private KubernetesClient(RequestSender sender, string lane, bool ownsSender) =>
        (_sender, _lane, _ownsSender) = (sender, lane, ownsSender);

    /// <summary>What was sent and what became of it, in all lanes.</summary>
    public ClientStatistics Statistics => _sender.Statistics;

    /// <summary>What waits and what is under way, in all lanes.</summary>
    public ClientLoad Load => _sender.Load;

    /// <summary>
    /// This client, speaking on behalf of one object. Where writes wait, those of each object come in turn, so nobody waits for
    /// another's thousands. It need not be disposed of.
    /// </summary>
    /// <param name="lane">The object, such as <c>namespace/name</c> of a ModelServing.</param>
    public KubernetesClient InLane(string lane) => new(_sender, lane, ownsSender: false);

    /// <summary>Reads one object.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> GetAsync<T>(NamespacedName key, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        Read<T>(await GetAsync(T.ResourceKind, key, cancellationToken));

    /// <summary>Reads one object as JSON.</summary>
    /// <param name="kind">The resource type.</param>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<RawJson> GetAsync(ResourceKind kind, NamespacedName key, CancellationToken cancellationToken) =>
        SendAsync(new KubernetesRequest("GET", kind.ObjectPath(key.Namespace, key.Name)), cancellationToken);

    /// <summary>Reads one object, or null when it is not there.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T?> FindAsync<T>(NamespacedName key, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        try
        {
            return await GetAsync<T>(key, cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads one page of a list. Items that the view cannot read are named in <see cref="KubernetesList{T}.Unreadable"/>.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="query">Which objects.</param>
    /// <param name="pageSize">Items to a page; null asks for all at once.</param>
    /// <param name="continueToken">The previous page's <see cref="KubernetesList{T}.Continue"/>; null for the first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<KubernetesList<T>> ListPageAsync<T>(
        ListQuery query, int? pageSize, string? continueToken, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        string text = query.ToQuery(("limit", pageSize?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("continue", continueToken));
        RawJson body = await SendAsync(
            new KubernetesRequest("GET", T.ResourceKind.CollectionPath(query.Namespace)) { Query = text }, cancellationToken);
        using JsonDocument document = ParseBody(body);
        return ReadPage<T>(document.RootElement);
    }

    /// <summary>Reads a whole list, page by page.</summary>
    /// <typeparam name="T">The view.</typeparam>
    /// <param name="query">Which objects.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KubernetesApiException">Also when the server dropped the list's version between two pages.</exception>
    public async Task<ImmutableArray<T>> ListAsync<T>(ListQuery query, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T>
    {
        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
        string? token = null;
        do
        {
            KubernetesList<T> page = await ListPageAsync<T>(query, pageSize: 500, token, cancellationToken);
            items.AddRange(page.Items);
            token = page.Continue;
        }
        while (token is not null);
        return items.DrainToImmutable();
    }

    /// <summary>Creates an object.</summary>
    /// <typeparam name="T">The view of the answer.</typeparam>
    /// <param name="ns">The namespace; ignored for cluster-scoped kinds.</param>
    /// <param name="manifest">The whole object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> CreateAsync<T>(string? ns, RawJson manifest, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        Read<T>(await CreateAsync(T.ResourceKind, ns, manifest, cancellationToken));

    /// <summary>Creates an object of any kind.</summary>
    /// <param name="kind">The resource type.</param>
    /// <param name="ns">The namespace; ignored for cluster-scoped kinds.</param>
    /// <param name="manifest">The whole object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<RawJson> CreateAsync(ResourceKind kind, string? ns, RawJson manifest, CancellationToken cancellationToken) =>
        SendAsync(
            new KubernetesRequest("POST", kind.CollectionPath(ns)) { ContentType = JsonType, Body = manifest.Utf8 },
            cancellationToken);

    /// <summary>Changes fields of an object or of one of its subresources.</summary>
    /// <typeparam name="T">The view of the answer.</typeparam>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="patch">The change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="preconditions">What must still hold of the object.</param>
    /// <param name="subresource">Such as <c>status</c> or <c>scale</c>; null for the object itself.</param>
    public async Task<T> PatchAsync<T>(
        NamespacedName key, KubernetesPatch patch, CancellationToken cancellationToken,
        Preconditions preconditions = default, string? subresource = null)
        where T : class, IKubernetesResource<T> =>
        Read<T>(await PatchAsync(T.ResourceKind, key, patch, cancellationToken, preconditions, subresource));

    /// <summary>Changes fields of an object of any kind or of one of its subresources.</summary>
    /// <param name="kind">The resource type.</param>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="patch">The change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="preconditions">What must still hold of the object.</param>
    /// <param name="subresource">Such as <c>status</c> or <c>scale</c>; null for the object itself.</param>
    public Task<RawJson> PatchAsync(
        ResourceKind kind, NamespacedName key, KubernetesPatch patch, CancellationToken cancellationToken,
        Preconditions preconditions = default, string? subresource = null)
    {
        KubernetesPatch guarded = patch.With(preconditions);
        var request = new KubernetesRequest("PATCH", kind.ObjectPath(key.Namespace, key.Name, subresource))
        {
            Query = guarded.Query,
            ContentType = guarded.ContentType,
            Body = guarded.Body.Utf8,
        };
        return SendAsync(request, cancellationToken);
    }

    /// <summary>Changes fields of an object's status.</summary>
    /// <typeparam name="T">The view of the answer.</typeparam>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="patch">The change; its fields are under <c>status</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="preconditions">What must still hold of the object.</param>
    public Task<T> PatchStatusAsync<T>(
        NamespacedName key, KubernetesPatch patch, CancellationToken cancellationToken, Preconditions preconditions = default)
        where T : class, IKubernetesResource<T> =>
        PatchAsync<T>(key, patch, cancellationToken, preconditions, "status");

    /// <summary>Asks for an object's deletion. Finalizers and grace may keep it for a while.</summary>
    /// <typeparam name="T">The view that names the kind.</typeparam>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="options">How; null deletes without conditions.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task DeleteAsync<T>(NamespacedName key, DeletionOptions? options, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        DeleteAsync(T.ResourceKind, key, options, cancellationToken);

    /// <summary>Asks for the deletion of an object of any kind.</summary>
    /// <param name="kind">The resource type.</param>
    /// <param name="key">The object; the namespace is ignored for cluster-scoped kinds.</param>
    /// <param name="options">How; null deletes without conditions.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task DeleteAsync(ResourceKind kind, NamespacedName key, DeletionOptions? options, CancellationToken cancellationToken)
    {
        var request = new KubernetesRequest("DELETE", kind.ObjectPath(key.Namespace, key.Name));
        if (options is not null)
            request = request with { ContentType = JsonType, Body = JsonSerializer.SerializeToUtf8Bytes(options.ToJson()) };
        return SendAsync(request, cancellationToken);
    }

    /// <summary>Sends any request and returns the body of a good answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<RawJson> SendAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        _sender.SendAsync(request, _lane, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsSender)
            _sender.Dispose();
    }

    internal static KubernetesList<T> ReadPage<T>(JsonElement list)
        where T : class, IKubernetesResource<T>
    {
        ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
        ImmutableArray<string>.Builder unreadable = ImmutableArray.CreateBuilder<string>();
        if (list.Member("items") is { ValueKind: JsonValueKind.Array } array)
        {
            items.Capacity = array.GetArrayLength();
            foreach (JsonElement item in array.EnumerateArray())
            {
                try
                {
                    items.Add(T.Parse(item));
                }
                catch (FormatException error)
                {
                    unreadable.Add($"{Describe(item)}: {error.Message}");
                }
            }
        }
        JsonElement metadata = list.Member("metadata");
        string? token = metadata.Member("continue").TextOrNull();
        return new KubernetesList<T>(
            items.DrainToImmutable(),
            metadata.Member("resourceVersion").TextOrNull() ?? "",
            string.IsNullOrEmpty(token) ? null : token)
        {
            Unreadable = unreadable.DrainToImmutable(),
        };
    }

    internal static string Describe(JsonElement item)
    {
        JsonElement metadata = item.Member("metadata");
        return $"{metadata.Member("namespace").TextOrNull()}/{metadata.Member("name").TextOrNull()}";
    }

    internal IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(KubernetesRequest request, CancellationToken cancellationToken) =>
        _sender.WatchAsync(request, cancellationToken);

    private static T Read<T>(RawJson body)
        where T : class, IKubernetesResource<T>
    {
        using JsonDocument document = ParseBody(body);
        return T.Parse(document.RootElement);
    }

    private static JsonDocument ParseBody(RawJson body)
    {
        try
        {
            return JsonDocument.Parse(body.Utf8);
        }
        catch (JsonException error)
        {
            throw new KubernetesUnreachableException("The API server's answer is not JSON; is the URL that of an API server?", error);
        }
    }
}
