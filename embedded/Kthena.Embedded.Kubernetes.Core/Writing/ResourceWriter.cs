using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Applying;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>Create, update and patch. Each request is judged and written under the gate and answered once it is durable.</summary>
internal sealed class ResourceWriter(ServerState state)
{
    /// <summary>POST to a collection.</summary>
    public async ValueTask<ApiResponse> CreateAsync(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        WriteOptions options = WriteOptions.Read(query, request);
        RequestBody body = RequestBody.Read(request);
        JsonObject json = body.AsObject();
        (ReadOnlyMemory<byte> stored, ImmutableArray<string> warnings, Task durable) = Create(kind, path.Namespace, json, body.Duplicates, options, null);
        await state.SettleAsync(durable);
        return ApiResponse.Json(201, stored) with { Warnings = warnings };
    }

    /// <summary>PUT and PATCH of an object or of one of its subresources.</summary>
    public async ValueTask<ApiResponse> ChangeAsync(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        WriteOptions options = WriteOptions.Read(query, request);
        if (request.Method == "PATCH" && MediaTypes.Bare(request.ContentType) == MediaTypes.ApplyPatch)
            return await ApplyAsync(kind, path, request, query, options);
        RequestBody body = request.Method == "PUT" ? RequestBody.Read(request) : RequestBody.ReadJson(request.Body);
        Func<JsonObject, JsonObject> next = path.Subresource switch
        {
            null or "status" => old => Next(kind, path, request, body, old),
            "scale" => old => NextScale(kind, path, request, body, old),
            _ => throw ApiError.NoSuchPath(),
        };
        Change change = ChangeUnderGate(kind, path, next, body.Duplicates, options, isApply: false);
        await state.SettleAsync(change.Durable);
        ReadOnlyMemory<byte> shown = path.Subresource == "scale"
            ? Json.Write(ObjectPatcher.ToScale(kind, Json.ParseOwn(change.Stored)))
            : change.Stored;
        return ApiResponse.Json(200, shown) with { Warnings = change.Warnings };
    }

    /// <summary>POST of a Binding: puts a pod on a node.</summary>
    public async ValueTask<ApiResponse> BindAsync(ApiKind kind, ResourcePath path, ApiRequest request)
    {
        JsonObject binding = RequestBody.Read(request).AsObject();
        string node = binding.Object("target").String("name") is { Length: > 0 } given
            ? given
            : throw ApiError.Invalid(new ResourceKind("", "v1", "bindings", "Binding"), path.Name!, [FieldError.Required("target.name")]);
        Task durable;
        lock (state.Gate)
        {
            StoredObject stored = Find(kind, path);
            if (stored.IsDeleting)
                throw ApiError.Conflict(kind.Resource, path.Name!, $"pod {path.Name} is being deleted, cannot be assigned to a host");
            JsonObject json = stored.ToMutable();
            if (json.Object("spec").String("nodeName") is { Length: > 0 } taken)
                throw ApiError.Conflict(kind.Resource, path.Name!, $"pod {path.Name} is already assigned to node \"{taken}\"");
            PodBinding.Bind(json, node, state.Time.GetUtcNow());
            durable = state.Write([new ObjectChange(kind, json, IsDelete: false)]).Durable;
        }
        await state.SettleAsync(durable);
        return ApiResponse.Json(201, """{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","code":201}"""u8.ToArray());
    }

    private sealed record Change(ReadOnlyMemory<byte> Stored, ImmutableArray<string> Warnings, Task Durable);

    private (ReadOnlyMemory<byte> Stored, ImmutableArray<string> Warnings, Task Durable) Create(
        ApiKind kind, string? ns, JsonObject json, ImmutableArray<string> duplicates, WriteOptions options, JsonArray? managers)
    {
        lock (state.Gate)
        {
            KindContext context = state.Context();
            state.RequireNamespace(kind, ns, json.Object("metadata").String("name") ?? "");
            ObjectPreparer.Create(kind, json, ns, context);
            if (managers is not null)
                json.EnsureObject("metadata")["managedFields"] = managers;
            var key = new ObjectKey(kind.Resource.IsNamespaced ? ns! : "", json.Object("metadata").String("name")!);
            if (state.Store.Of(kind).Find(key) is not null)
                throw ApiError.AlreadyExists(kind.Resource, key.Name);
            ImmutableArray<string> warnings = state.Preparer.Check(kind, json, null, context, options.FieldValidation, duplicates, isStatus: false);
            if (options.IsDryRun)
                return (Json.Write(json), warnings, Task.CompletedTask);
            (ImmutableArray<StoredObject> stored, Task durable) = state.Write([new ObjectChange(kind, json, IsDelete: false)]);
            return (stored[0].Utf8, warnings, durable);
        }
    }

    private async ValueTask<ApiResponse> ApplyAsync(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query, WriteOptions options)
    {
        if (path.Subresource is not (null or "status"))
            throw ApiError.UnsupportedMediaType("server-side apply is served for objects and their status, not for this subresource");
        RequestBody body = RequestBody.ReadJson(request.Body);
        JsonObject applied = body.AsObject();
        ServerSideApply.Check(applied, path.Name!, options, query.Has("fieldManager"));
        bool exists;
        lock (state.Gate)
            exists = state.Store.Of(kind).Find(KeyOf(kind, path)) is not null;
        if (!exists && path.Subresource is null)
        {
            JsonArray managers = ServerSideApply.FirstManager(kind, applied, options, state.Time.GetUtcNow());
            var made = (JsonObject)applied.DeepClone();
            made.EnsureObject("metadata")["name"] = path.Name;
            (ReadOnlyMemory<byte> stored, ImmutableArray<string> warnings, Task durable) =
                Create(kind, path.Namespace, made, body.Duplicates, options, managers);
            await state.SettleAsync(durable);
            return ApiResponse.Json(201, stored) with { Warnings = warnings };
        }
        Change change = ChangeUnderGate(
            kind, path, old => ServerSideApply.Merge(kind, old, applied, options, path.Subresource, state.Time.GetUtcNow()), body.Duplicates, options, isApply: true);
        await state.SettleAsync(change.Durable);
        return ApiResponse.Json(200, change.Stored) with { Warnings = change.Warnings };
    }

    private Change ChangeUnderGate(
        ApiKind kind, ResourcePath path, Func<JsonObject, JsonObject> next, ImmutableArray<string> duplicates, WriteOptions options, bool isApply)
    {
        bool isStatus = path.Subresource == "status";
        lock (state.Gate)
        {
            StoredObject stored = Find(kind, path);
            JsonObject old = stored.ToMutable();
            JsonObject json = next(stored.ToMutable());
            if (isStatus)
                json = WithStatusOf(kind, json, old);
            else
                ObjectPreparer.Update(kind, json, old, path.Namespace);
            ImmutableArray<string> warnings = state.Preparer.Check(kind, json, old, state.Context(), options.FieldValidation, duplicates, isStatus);
            ObjectPreparer.CountGeneration(kind, json, old);
            if (!isApply)
                ServerSideApply.NoteUpdate(kind, json, old, options.FieldManager, path.Subresource, state.Time.GetUtcNow());
            if (options.IsDryRun)
                return new Change(Json.Write(json), warnings, Task.CompletedTask);
            bool isDue = Deletion.IsDue(kind, json);
            if (!isDue && JsonNode.DeepEquals(json, old))
                return new Change(stored.Utf8, warnings, Task.CompletedTask);
            (ImmutableArray<StoredObject> written, Task durable) = state.Write([new ObjectChange(kind, json, isDue)]);
            return new Change(written[0].Utf8, warnings, durable);
        }
    }

    private static JsonObject Next(ApiKind kind, ResourcePath path, ApiRequest request, RequestBody body, JsonObject old)
    {
        if (request.Method == "PUT")
        {
            var json = (JsonObject)body.AsObject().DeepClone();
            if (kind.IsCustom && string.IsNullOrEmpty(json.Object("metadata").String("resourceVersion")))
                throw ApiError.Invalid(kind.Resource, path.Name!, [FieldError.Invalid("metadata.resourceVersion", "0", "must be specified for an update")]);
            return json;
        }
        ObjectPatcher.Apply(old, kind.Resource, kind.IsCustom, path.Name!, request.ContentType, body);
        return old;
    }

    private static JsonObject NextScale(ApiKind kind, ResourcePath path, ApiRequest request, RequestBody body, JsonObject old)
    {
        if (kind.Scale is null)
            throw ApiError.NoSuchPath();
        JsonObject scale = body.Json as JsonObject ?? [];
        if (request.Method == "PATCH")
        {
            scale = ObjectPatcher.ToScale(kind, old);
            ObjectPatcher.Apply(scale, kind.Resource, isCustom: false, path.Name!, request.ContentType, body);
        }
        ObjectPatcher.FromScale(kind, old, scale);
        return old;
    }

    /// <summary>The stored object with nothing but its status taken from what the client sent.</summary>
    private static JsonObject WithStatusOf(ApiKind kind, JsonObject json, JsonObject old)
    {
        JsonObject? sent = json.Object("metadata");
        ObjectPreparer.CheckPreconditions(kind.Resource, old.Object("metadata")!, sent.String("uid"), sent.String("resourceVersion"));
        var kept = (JsonObject)old.DeepClone();
        if (json.TryGetPropertyValue("status", out JsonNode? status))
            kept["status"] = status?.DeepClone();
        else
            kept.Remove("status");
        if (sent?["managedFields"] is { } managed)
            kept.EnsureObject("metadata")["managedFields"] = managed.DeepClone();
        return kept;
    }

    private StoredObject Find(ApiKind kind, ResourcePath path) =>
        state.Store.Of(kind).Find(KeyOf(kind, path)) ?? throw ApiError.NotFound(kind.Resource, path.Name!);

    private static ObjectKey KeyOf(ApiKind kind, ResourcePath path) => new(kind.Resource.IsNamespaced ? path.Namespace ?? "" : "", path.Name!);
}
