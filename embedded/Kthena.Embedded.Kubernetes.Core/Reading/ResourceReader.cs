using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Core.Watching;
using Kthena.Embedded.Kubernetes.Core.Writing;

namespace Kthena.Embedded.Kubernetes.Core.Reading;

/// <summary>Get, list and watch.</summary>
internal sealed class ResourceReader(ServerState state)
{
    // A list that is read in pieces stays the same list: its snapshot is kept while a few others are begun.
    private const int SnapshotsMost = 8;

    private readonly LinkedList<(long Version, string Space, ImmutableSortedDictionary<ObjectKey, StoredObject> Objects)> _snapshots = new();

    public ApiResponse Get(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        StoredObject stored;
        lock (state.Gate)
        {
            stored = state.Store.Of(kind).Find(new ObjectKey(kind.Resource.IsNamespaced ? path.Namespace ?? "" : "", path.Name!))
                ?? throw ApiError.NotFound(kind.Resource, path.Name!);
        }
        if (path.Subresource == "scale")
        {
            return kind.Scale is null
                ? throw ApiError.NoSuchPath()
                : ApiResponse.Json(200, Json.Write(ObjectPatcher.ToScale(kind, stored.ToMutable())));
        }
        return TableOptions.Read(request.Accept, query["includeObject"]) is { } table
            ? ApiResponse.Json(200, ListEncoder.Table(kind, [stored], stored.ResourceVersion, null, 0, table, state.Time.GetUtcNow()))
            : ApiResponse.Json(200, stored.Utf8);
    }

    public ApiResponse List(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        ObjectFilter filter = ObjectFilter.Read(kind, path, query);
        long limit = query.Number("limit") is { } asked and > 0 ? asked : long.MaxValue;
        (long version, ObjectKey? after, ImmutableSortedDictionary<ObjectKey, StoredObject> objects) = Snapshot(kind, query);
        var page = ImmutableArray.CreateBuilder<StoredObject>();
        int remaining = 0;
        foreach (StoredObject stored in objects.Values)
        {
            if ((after is { } last && stored.Key.CompareTo(last) <= 0) || !filter.Matches(stored))
                continue;
            if (page.Count < limit)
                page.Add(stored);
            else
                remaining++;
        }
        string? continuation = null;
        if (remaining > 0)
        {
            Keep(version, kind.Space, objects);
            continuation = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{version} {page[^1].Key}")));
        }
        return TableOptions.Read(request.Accept, query["includeObject"]) is { } table
            ? ApiResponse.Json(200, ListEncoder.Table(kind, page, version, continuation, remaining, table, state.Time.GetUtcNow()))
            : new ApiResponse(200, MediaTypes.Json) { Body = ListEncoder.Encode(kind, page.ToImmutable(), version, continuation, remaining) };
    }

    public ApiResponse Watch(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        ObjectFilter filter = ObjectFilter.Read(kind, path, query);
        TableOptions? table = TableOptions.Read(request.Accept, query["includeObject"]);
        long from = query.Number("resourceVersion") ?? 0;
        bool sendsInitial = query.Has("sendInitialEvents") ? query.Flag("sendInitialEvents") : from == 0;
        ImmutableArray<StoredObject> initial = [];
        long position;
        KindStore store;
        lock (state.Gate)
        {
            store = state.Store.Of(kind);
            if (from > state.Store.ResourceVersion)
                throw ApiError.Expired($"Too large resource version: {from}, current: {state.Store.ResourceVersion}");
            if (sendsInitial)
                initial = [.. store.Objects.Values.Where(filter.Matches)];
            if (sendsInitial || from == 0)
                from = state.Store.ResourceVersion;
            position = store.History.PositionAfter(from)
                ?? throw ApiError.Expired($"too old resource version: {from} ({state.Store.ResourceVersion})");
        }
        var source = new WatchSource
        {
            Matches = filter.Matches,
            StartVersion = from,
            PublishedVersion = () => state.Store.Published,
            MarksInitialEnd = query.Flag("sendInitialEvents") && query.Has("sendInitialEvents") && query.Flag("allowWatchBookmarks"),
            AllowsBookmarks = query.Has("allowWatchBookmarks") && query.Flag("allowWatchBookmarks"),
            Timeout = query.Number("timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null,
            BookmarkObject = (version, isInitialEnd) => Bookmark(kind, version, isInitialEnd, table),
            Format = table is null
                ? static stored => stored.Utf8
                : stored => ListEncoder.Table(kind, [stored], stored.ResourceVersion, null, 0, table, state.Time.GetUtcNow()),
        };
        return new ApiResponse(200, MediaTypes.Json)
        {
            Watch = new WatchStream(store.History, position, initial, source, state.Time),
        };
    }

    private static byte[] Bookmark(ApiKind kind, long version, bool isInitialEnd, TableOptions? table)
    {
        var metadata = new JsonObject
        {
            ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture),
            ["creationTimestamp"] = null,
        };
        if (isInitialEnd)
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        return Json.Write(table is null
            ? new JsonObject { ["kind"] = kind.Resource.Kind, ["apiVersion"] = kind.Resource.ApiVersion, ["metadata"] = metadata }
            : new JsonObject
            {
                ["kind"] = "Table",
                ["apiVersion"] = table.ApiVersion,
                ["metadata"] = metadata,
                ["columnDefinitions"] = new JsonArray(),
                ["rows"] = new JsonArray(),
            });
    }

    private (long Version, ObjectKey? After, ImmutableSortedDictionary<ObjectKey, StoredObject> Objects) Snapshot(ApiKind kind, QueryParameters query)
    {
        string token = query["continue"];
        lock (state.Gate)
        {
            if (token.Length == 0)
                return (state.Store.ResourceVersion, null, state.Store.Of(kind).Objects);
            (long version, ObjectKey after) = ReadToken(token);
            foreach (var snapshot in _snapshots)
            {
                if (snapshot.Version == version && snapshot.Space == kind.Space)
                    return (version, after, snapshot.Objects);
            }
        }
        throw ApiError.Expired("The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");
    }

    private void Keep(long version, string space, ImmutableSortedDictionary<ObjectKey, StoredObject> objects)
    {
        lock (state.Gate)
        {
            if (_snapshots.Any(snapshot => snapshot.Version == version && snapshot.Space == space))
                return;
            _snapshots.AddLast((version, space, objects));
            if (_snapshots.Count > SnapshotsMost)
                _snapshots.RemoveFirst();
        }
    }

    private static (long Version, ObjectKey After) ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        if (Convert.TryFromBase64String(token, bytes, out int length))
        {
            string[] parts = Encoding.UTF8.GetString(bytes, 0, length).Split(' ');
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long version))
                return (version, ObjectKey.Parse(parts[1]));
        }
        throw ApiError.BadRequest("continue key is not valid");
    }
}
