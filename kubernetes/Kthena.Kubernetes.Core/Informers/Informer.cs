using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Kubernetes.Core;

/// <summary>
/// Keeps a cache of a kind's objects: lists once, then watches with bookmarks. A cut watch resumes at the last version, a
/// version that the server dropped leads to a new list, and what the new list lacks is told as deleted. An optional kind that
/// the server does not serve, or does not let us read, is a kind without objects, looked for again now and then.
/// </summary>
/// <typeparam name="T">The view; only views are kept, never the objects' JSON.</typeparam>
public sealed class Informer<T>
    where T : class, IKubernetesResource<T>
{
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchSlack = TimeSpan.FromSeconds(30);

    private readonly KubernetesClient _client;
    private readonly InformerOptions<T> _options;
    private readonly TimeProvider _time;
    private readonly Random _chance;
    private readonly ILogger _logger;
    private readonly VersionWaiters _waiters = new();
    private readonly string _kind = T.ResourceKind.ToString();
    private ImmutableArray<Action<ResourceChange<T>>> _subscribers = [];
    private readonly Lock _gate = new();
    private ResourceSnapshot<T> _snapshot;
    private string? _resumeAt;
    private CancellationTokenSource? _attempt;
    private bool _mustRecheck;
    private volatile bool _isAbsent;

    /// <summary>Creates an informer that knows nothing until <see cref="RunAsync"/> runs.</summary>
    /// <param name="client">Reaches the API server.</param>
    /// <param name="options">What is watched and how it is indexed.</param>
    /// <param name="time">Measures back-off and watch deadlines.</param>
    /// <param name="chance">Spreads back-off and watch deadlines; used by the running loop alone.</param>
    /// <param name="logger">Where relists and failures go.</param>
    public Informer(KubernetesClient client, InformerOptions<T> options, TimeProvider time, Random chance, ILogger logger)
    {
        _client = client;
        _options = options;
        _time = time;
        _chance = chance;
        _logger = logger;
        _snapshot = ResourceSnapshot<T>.Unsynced(options.Indexes);
    }

    /// <summary>The newest state. Reading it takes no lock.</summary>
    public ResourceSnapshot<T> Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>Whether a first list has been read.</summary>
    public bool HasSynced => Snapshot.IsSynced;

    /// <summary>The highest version seen, bookmarks included.</summary>
    public ulong ObservedVersion => Snapshot.Version;

    /// <summary>Whether the kind was listed; false before that, and while an optional kind is not served.</summary>
    public bool IsServed => HasSynced && !_isAbsent;

    /// <summary>
    /// Tells of every change from now on, in order, after <see cref="Snapshot"/> shows it. The callback runs on the informer's
    /// loop and must be quick: enqueue a key. What is there already is not told: read <see cref="Snapshot"/> after subscribing.
    /// </summary>
    /// <param name="callback">Takes one change; what it throws is logged and stops nothing.</param>
    /// <returns>Ends the subscription.</returns>
    public IDisposable Subscribe(Action<ResourceChange<T>> callback)
    {
        ImmutableInterlocked.Update(ref _subscribers, static (list, added) => list.Add(added), callback);
        return new Subscription(this, callback);
    }

    /// <summary>Completes when the cache has taken in a version and the first list. Only the version of an object that this informer's selector covers is sure to come.</summary>
    /// <param name="version">The version, such as that of an own write; 0 waits for the first list.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task WaitForVersionAsync(ulong version, CancellationToken cancellationToken) =>
        _waiters.WaitAsync(version, () => HasSynced ? ObservedVersion : null, cancellationToken);

    /// <summary>Completes when the first list has been read.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task WaitForSyncAsync(CancellationToken cancellationToken) => WaitForVersionAsync(0, cancellationToken);

    /// <summary>Lists anew at once, instead of when the watch or the pause ends: something says that the kind came or went.</summary>
    public void Recheck()
    {
        CancellationTokenSource? attempt;
        lock (_gate)
        {
            _mustRecheck = true;
            attempt = _attempt;
        }
        try
        {
            attempt?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The attempt ended by itself; the next one lists anew.
        }
    }

    /// <summary>Lists and watches until cancelled, whatever fails meanwhile. Run it once.</summary>
    /// <param name="cancellationToken">Ends the run; it then returns without an exception.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        int failures = 0;
        int absences = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            long start = _time.GetTimestamp();
            ulong before = ObservedVersion;
            string problem = "the watch ended at once";
            TimeSpan? retryAfter = null;
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                Begin(attempt);
                if (_resumeAt is null)
                    await ListAsync(attempt.Token);
                absences = 0;
                await WatchAsync(attempt.Token);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException) when (attempt.IsCancellationRequested)
            {
                absences = 0;
                continue;
            }
            catch (KubernetesApiException error) when (_options.IsOptional && (error.IsNotFound || error.IsForbidden))
            {
                absences = await BeAbsentAsync(absences + 1, error.Message, attempt.Token);
                continue;
            }
            catch (KubernetesApiException error) when (error.IsGone)
            {
                _logger.Relisting(_kind, _resumeAt ?? "");
                _resumeAt = null;
                problem = error.Message;
            }
            catch (KubernetesException error)
            {
                problem = error.Message;
                retryAfter = (error as KubernetesApiException)?.RetryAfter;
            }
            catch (JsonException error)
            {
                // Half an event: what came before it was taken in, so the version at hand is good.
                problem = error.Message;
            }
            bool wasSteady = ObservedVersion > before || _time.GetElapsedTime(start) >= SteadyAfter;
            failures = wasSteady && retryAfter is null ? 0 : failures + 1;
            if (failures > 0 && !await PauseAsync(failures, retryAfter, problem, cancellationToken))
                return;
        }
    }

    private void Begin(CancellationTokenSource attempt)
    {
        lock (_gate)
        {
            _attempt = attempt;
            if (!_mustRecheck)
                return;
            _mustRecheck = false;
            _resumeAt = null;
        }
    }

    /// <summary>The kind has no objects, and that is known. It is told once, not at every look.</summary>
    /// <returns>How often it was waited for without a word that it came.</returns>
    private async Task<int> BeAbsentAsync(int absences, string problem, CancellationToken cancellationToken)
    {
        _resumeAt = null;
        if (!_isAbsent)
            _logger.NotServed(_kind, problem);
        _isAbsent = true;
        Replace([], ObservedVersion);
        try
        {
            do
                await Task.Delay(_options.AbsentBackoff.Delay(absences++, _chance), _time, cancellationToken);
            while (_options.IsKnownAbsent());
            return absences;
        }
        catch (OperationCanceledException)
        {
            // The end, or a reason to look at once: the loop tells them apart. A kind that was said to have come is looked for eagerly.
            return 0;
        }
    }

    private async Task<bool> PauseAsync(int failures, TimeSpan? retryAfter, string problem, CancellationToken cancellationToken)
    {
        TimeSpan delay = _options.Backoff.Delay(failures, _chance);
        if (retryAfter > delay)
            delay = retryAfter.Value;
        _logger.ReadFailed(_kind, failures, delay.TotalSeconds, problem);
        try
        {
            await Task.Delay(delay, _time, cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var items = new List<T>();
        string? token = null;
        int? pageSize = _options.PageSize;
        while (true)
        {
            KubernetesList<T> page;
            try
            {
                page = await _client.ListPageAsync<T>(_options.Query, pageSize, token, cancellationToken);
            }
            catch (KubernetesApiException error) when (error.IsGone && token is not null)
            {
                // The list's version was dropped between two pages: take it whole.
                items.Clear();
                (token, pageSize) = (null, null);
                continue;
            }
            items.AddRange(page.Items);
            foreach (string problem in page.Unreadable)
                _logger.Unreadable(_kind, problem);
            KeepUnreadable(items, page);
            token = page.Continue;
            if (token is not null)
                continue;
            ulong version = ResourceVersions.Parse(page.ResourceVersion);
            _logger.Listed(_kind, items.Count, version);
            _isAbsent = false;
            Replace(items, version);
            _resumeAt = page.ResourceVersion;
            return;
        }
    }

    /// <summary>An object that became unreadable is not gone: to tell it as deleted would make owners replace it.</summary>
    private void KeepUnreadable(List<T> items, KubernetesList<T> page)
    {
        foreach (string problem in page.Unreadable)
        {
            string name = problem[..problem.IndexOf(':', StringComparison.Ordinal)];
            int slash = name.IndexOf('/', StringComparison.Ordinal);
            if (Snapshot.Find(new NamespacedName(name[..slash], name[(slash + 1)..])) is { } known)
                items.Add(known);
        }
    }

    private void Replace(List<T> items, ulong version)
    {
        ResourceSnapshot<T> old = Snapshot;
        var next = ResourceSnapshot<T>.Build(items, _options.Indexes, version);
        if (version < old.Version)
            _logger.WentBack(_kind, old.Version, version);
        var changes = new List<ResourceChange<T>>();
        foreach (T gone in old.Items)
        {
            if (next.Find(gone.Metadata.Key) is not { } now || now.Metadata.Uid != gone.Metadata.Uid)
                changes.Add(new ResourceChange<T>(ResourceChangeKind.Deleted, gone, null, version));
        }
        foreach (T item in next.Items)
        {
            T? before = old.Find(item.Metadata.Key);
            if (before is null || before.Metadata.Uid != item.Metadata.Uid)
                changes.Add(new ResourceChange<T>(ResourceChangeKind.Added, null, item, version));
            else if (before.Metadata.ResourceVersion != item.Metadata.ResourceVersion)
                changes.Add(new ResourceChange<T>(ResourceChangeKind.Modified, before, item, version));
        }
        Publish(next, changes);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        TimeSpan asked = _options.WatchTimeout * (1 + _chance.NextDouble());
        var request = new KubernetesRequest("GET", T.ResourceKind.CollectionPath(_options.Query.Namespace))
        {
            Query = _options.Query.ToQuery(
                ("watch", "true"),
                ("allowWatchBookmarks", "true"),
                ("resourceVersion", _resumeAt),
                ("timeoutSeconds", ((long)asked.TotalSeconds).ToString(CultureInfo.InvariantCulture))),
        };
        // A peer that vanished without a word must not stop the cache for ever.
        using var deadline = new CancellationTokenSource(asked + WatchSlack, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await foreach (ReadOnlyMemory<byte> line in _client.WatchAsync(request, linked.Token))
                Take(line);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // As good as a watch that the server ended.
        }
        _logger.WatchEnded(_kind, _resumeAt ?? "");
    }

    private void Take(ReadOnlyMemory<byte> line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement json = document.RootElement.Member("object");
        string? type = document.RootElement.Member("type").TextOrNull();
        if (type == "ERROR")
            throw KubernetesApiException.FromStatus($"watch of {_kind}", json);
        string? version = json.Member("metadata").Member("resourceVersion").TextOrNull();
        ulong number = ResourceVersions.Parse(version);
        if (type == "BOOKMARK")
            Publish(Snapshot.At(number), []);
        else
            TakeObject(type, json, number);
        if (version is not null && number >= ResourceVersions.Parse(_resumeAt))
            _resumeAt = version;
    }

    private void TakeObject(string? type, JsonElement json, ulong version)
    {
        ResourceSnapshot<T> snapshot = Snapshot;
        if (type == "DELETED")
        {
            NamespacedName gone = ObjectMeta.Parse(json).Key;
            if (snapshot.Find(gone) is not { } last)
                Publish(snapshot.At(version), []);
            else if (version >= ResourceVersions.Parse(last.Metadata.ResourceVersion))
                Publish(snapshot.Without(gone, version), [new(ResourceChangeKind.Deleted, last, null, version)]);
            return;
        }
        T item;
        try
        {
            item = T.Parse(json);
        }
        catch (FormatException error)
        {
            _logger.Unreadable(_kind, $"{KubernetesClient.Describe(json)}: {error.Message}");
            Publish(snapshot.At(version), []);
            return;
        }
        T? old = snapshot.Find(item.Metadata.Key);
        if (old is not null && version != 0 && version <= ResourceVersions.Parse(old.Metadata.ResourceVersion))
            return;
        ImmutableArray<ResourceChange<T>> changes = old switch
        {
            null => [new(ResourceChangeKind.Added, null, item, version)],
            _ when old.Metadata.Uid == item.Metadata.Uid => [new(ResourceChangeKind.Modified, old, item, version)],
            _ => [new(ResourceChangeKind.Deleted, old, null, version), new(ResourceChangeKind.Added, null, item, version)],
        };
        Publish(snapshot.With(item, version), changes);
    }

    private void Publish(ResourceSnapshot<T> next, IReadOnlyList<ResourceChange<T>> changes)
    {
        Volatile.Write(ref _snapshot, next);
        foreach (ResourceChange<T> change in changes)
        {
            foreach (Action<ResourceChange<T>> subscriber in _subscribers)
            {
                try
                {
                    subscriber(change);
                }
                catch (Exception error)
                {
                    _logger.SubscriberFailed(error, _kind, change.Kind, change.Latest.Metadata.Key.ToString());
                }
            }
        }
        _waiters.Reached(next.Version);
    }

    private sealed class Subscription(Informer<T> informer, Action<ResourceChange<T>> callback) : IDisposable
    {
        public void Dispose() =>
            ImmutableInterlocked.Update(ref informer._subscribers, static (list, removed) => list.Remove(removed), callback);
    }
}
