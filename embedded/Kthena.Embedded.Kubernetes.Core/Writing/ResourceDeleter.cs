using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Reading;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Writing;

/// <summary>DELETE of an object and of a collection.</summary>
internal sealed class ResourceDeleter(ServerState state)
{
    private static readonly ImmutableArray<string> KeptNamespaces = ["default", "kube-public", "kube-system"];

    public async ValueTask<ApiResponse> DeleteAsync(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        DeleteOptions options = DeleteOptions.Read(request, query);
        ReadOnlyMemory<byte> shown;
        Task durable = Task.CompletedTask;
        lock (state.Gate)
        {
            var key = new ObjectKey(kind.Resource.IsNamespaced ? path.Namespace ?? "" : "", path.Name!);
            StoredObject stored = state.Store.Of(kind).Find(key) ?? throw ApiError.NotFound(kind.Resource, key.Name);
            if (kind.Resource == ResourceKinds.Namespace && KeptNamespaces.Contains(key.Name))
                throw ApiError.Forbidden(kind.Resource, key.Name, "this namespace may not be deleted");
            ObjectPreparer.CheckPreconditions(kind.Resource, stored.ToMutable().Object("metadata")!, options.Uid, options.ResourceVersion);
            ObjectChange? change = Deletion.Plan(kind, stored, options, state.Time.GetUtcNow());
            shown = stored.Utf8;
            bool isGone = change?.IsDelete ?? false;
            if (change is not null && !options.IsDryRun)
            {
                (ImmutableArray<StoredObject> written, durable) = state.Write([.. InstancesOf(change), change]);
                shown = written[^1].Utf8;
            }
            if (isGone && kind.Resource != ResourceKinds.Pod)
                shown = Success(kind, stored);
        }
        await state.SettleAsync(durable);
        return ApiResponse.Json(200, shown);
    }

    public async ValueTask<ApiResponse> DeleteCollectionAsync(ApiKind kind, ResourcePath path, ApiRequest request, QueryParameters query)
    {
        DeleteOptions options = DeleteOptions.Read(request, query);
        ObjectFilter filter = ObjectFilter.Read(kind, path, query);
        var deleted = ImmutableArray.CreateBuilder<StoredObject>();
        Task durable = Task.CompletedTask;
        long version;
        lock (state.Gate)
        {
            var changes = new List<ObjectChange>();
            foreach (StoredObject stored in state.Store.Of(kind).Objects.Values.Where(filter.Matches))
            {
                deleted.Add(stored);
                if (kind.Resource == ResourceKinds.Namespace && KeptNamespaces.Contains(stored.Key.Name))
                    continue;
                if (Deletion.Plan(kind, stored, options, state.Time.GetUtcNow()) is { } change)
                    changes.AddRange([.. InstancesOf(change), change]);
            }
            if (changes.Count > 0 && !options.IsDryRun)
                durable = state.Write(changes).Durable;
            version = state.Store.ResourceVersion;
        }
        await state.SettleAsync(durable);
        return new ApiResponse(200, MediaTypes.Json) { Body = ListEncoder.Encode(kind, deleted.ToImmutable(), version, null, 0) };
    }

    /// <summary>With a definition go all objects of the kind that it defines.</summary>
    private List<ObjectChange> InstancesOf(ObjectChange change)
    {
        if (!change.IsDelete || change.Kind.Resource != CustomResourceDefinitions.Resource)
            return [];
        ApiKind defined = CustomResourceDefinitions.Compile(change.Json);
        return state.Store.Find(defined.Space) is { } instances
            ? instances.Objects.Values.Select(stored => new ObjectChange(instances.Kind, stored.ToMutable(), IsDelete: true)).ToList()
            : [];
    }

    private static byte[] Success(ApiKind kind, StoredObject stored) => Json.Write(new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject
        {
            ["name"] = stored.Key.Name,
            ["group"] = kind.Resource.Group,
            ["kind"] = kind.Resource.Plural,
            ["uid"] = stored.Uid,
        },
    });
}
