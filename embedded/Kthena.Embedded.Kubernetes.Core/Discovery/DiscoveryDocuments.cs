using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kthena.Embedded.Kubernetes.Core.Errors;
using Kthena.Embedded.Kubernetes.Core.Kinds;
using Kthena.Embedded.Kubernetes.Core.Objects;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Kubernetes.Core.Discovery;

/// <summary>Which groups, versions and resources are served: aggregated (v2, v2beta1) and one document for each version.</summary>
internal sealed class DiscoveryDocuments(KindRegistry registry)
{
    private static readonly ImmutableArray<string> Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly ImmutableArray<string> SubresourceVerbs = ["get", "patch", "update"];

    /// <summary>Groups whose only resources are reviews, which are answered and not stored.</summary>
    private static readonly ImmutableArray<(string Group, string Plural, string Singular, string Kind)> Reviews =
    [
        ("authentication.k8s.io", "selfsubjectreviews", "selfsubjectreview", "SelfSubjectReview"),
        ("authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview"),
    ];

    /// <summary><c>/api</c> or <c>/apis</c> in the form that the client prefers.</summary>
    public ApiResponse Root(string root, string accept)
    {
        foreach (string choice in accept.Split(','))
        {
            string[] parts = [.. choice.Split(';').Select(static part => part.Trim())];
            bool isAggregated = parts.Contains("as=APIGroupDiscoveryList") && parts.Contains("g=apidiscovery.k8s.io");
            string? version = parts.Contains("v=v2") ? "v2" : parts.Contains("v=v2beta1") ? "v2beta1" : null;
            if (parts[0] == MediaTypes.Json && isAggregated && version is not null)
                return Aggregated(root, version);
            if (parts[0] is MediaTypes.Json or "*/*" && !isAggregated)
                break;
        }
        if (root == "api")
            return Answer(new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1"), ["serverAddressByClientCIDRs"] = new JsonArray() });
        return Answer(new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([.. Groups().Where(static group => group.Length > 0).Select(group => (JsonNode)GroupJson(group))]),
        });
    }

    /// <summary><c>/apis/GROUP</c>.</summary>
    public ApiResponse Group(string group)
    {
        if (group.Length == 0 || !Groups().Contains(group))
            throw ApiError.NoSuchPath();
        JsonObject json = GroupJson(group);
        json["kind"] = "APIGroup";
        json["apiVersion"] = "v1";
        return Answer(json);
    }

    /// <summary><c>/api/v1</c> and <c>/apis/GROUP/VERSION</c>.</summary>
    public ApiResponse Resources(string group, string version)
    {
        if (!Versions(group).Contains(version))
            throw ApiError.NoSuchPath();
        var resources = new JsonArray();
        foreach (ApiKind kind in Kinds(group, version))
        {
            resources.Add(ResourceJson(kind, kind.Resource.Plural, kind.Resource.Kind, Verbs, kind));
            if (kind.HasStatus)
                resources.Add(ResourceJson(kind, $"{kind.Resource.Plural}/status", kind.Resource.Kind, SubresourceVerbs, null));
            if (kind.Scale is not null)
            {
                JsonObject scale = ResourceJson(kind, $"{kind.Resource.Plural}/scale", "Scale", SubresourceVerbs, null);
                scale["group"] = "autoscaling";
                scale["version"] = "v1";
                resources.Add(scale);
            }
            if (kind.Resource == ResourceKinds.Pod)
            {
                resources.Add(ResourceJson(kind, "pods/binding", "Binding", ["create"], null));
                resources.Add(ResourceJson(kind, "pods/log", "Pod", ["get"], null));
            }
        }
        foreach ((_, string plural, string singular, string kind) in Reviews.Where(review => review.Group == group))
        {
            resources.Add(new JsonObject
            {
                ["name"] = plural,
                ["singularName"] = singular,
                ["namespaced"] = false,
                ["kind"] = kind,
                ["verbs"] = new JsonArray("create"),
            });
        }
        return Answer(new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = resources,
        });
    }

    /// <summary>The served groups in a fixed order, the core group (empty) first.</summary>
    private List<string> Groups() =>
        [.. registry.All.Select(static kind => kind.Resource.Group).Concat(Reviews.Select(static review => review.Group)).Distinct().Order(StringComparer.Ordinal)];

    private List<string> Versions(string group) => Reviews.Any(review => review.Group == group)
        ? ["v1"]
        : [.. Kinds(group, null).Select(static kind => kind.Resource.Version).Distinct().Order(StringComparer.Ordinal)];

    private IEnumerable<ApiKind> Kinds(string group, string? version) =>
        registry.All.Where(kind => kind.Resource.Group == group && (version is null || kind.Resource.Version == version));

    private ApiResponse Aggregated(string root, string version)
    {
        var items = new JsonArray();
        foreach (string group in Groups().Where(group => group.Length == 0 == (root == "api")))
        {
            items.Add(new JsonObject
            {
                ["metadata"] = group.Length == 0 ? [] : new JsonObject { ["name"] = group },
                ["versions"] = new JsonArray([.. Versions(group).Select(served => (JsonNode)new JsonObject
                {
                    ["version"] = served,
                    ["resources"] = new JsonArray([.. Kinds(group, served).Select(AggregatedResource), .. AggregatedReviews(group)]),
                    ["freshness"] = "Current",
                })]),
            });
        }
        byte[] body = Json.Write(new JsonObject
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = items,
        });
        return new ApiResponse(200, $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList") { Body = [body] };
    }

    private static IEnumerable<JsonNode> AggregatedReviews(string group) => Reviews.Where(review => review.Group == group).Select(static review => (JsonNode)new JsonObject
    {
        ["resource"] = review.Plural,
        ["responseKind"] = Gvk(review.Group, "v1", review.Kind),
        ["scope"] = "Cluster",
        ["singularResource"] = review.Singular,
        ["verbs"] = new JsonArray("create"),
    });

    private static JsonNode AggregatedResource(ApiKind kind)
    {
        var subresources = new JsonArray();
        if (kind.HasStatus)
            subresources.Add(Subresource("status", Gvk(kind.Resource.Group, kind.Resource.Version, kind.Resource.Kind), SubresourceVerbs));
        if (kind.Scale is not null)
            subresources.Add(Subresource("scale", Gvk("autoscaling", "v1", "Scale"), SubresourceVerbs));
        if (kind.Resource == ResourceKinds.Pod)
            subresources.Add(Subresource("binding", Gvk("", "v1", "Binding"), ["create"]));
        var json = new JsonObject
        {
            ["resource"] = kind.Resource.Plural,
            ["responseKind"] = Gvk(kind.Resource.Group, kind.Resource.Version, kind.Resource.Kind),
            ["scope"] = kind.Resource.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = kind.Singular,
            ["verbs"] = Texts(Verbs),
        };
        if (kind.ShortNames.Length > 0)
            json["shortNames"] = Texts(kind.ShortNames);
        if (kind.Categories.Length > 0)
            json["categories"] = Texts(kind.Categories);
        if (subresources.Count > 0)
            json["subresources"] = subresources;
        return json;
    }

    private static JsonObject Subresource(string name, JsonObject gvk, ImmutableArray<string> verbs) =>
        new() { ["subresource"] = name, ["responseKind"] = gvk, ["verbs"] = Texts(verbs) };

    private static JsonObject ResourceJson(ApiKind kind, string name, string type, ImmutableArray<string> verbs, ApiKind? main)
    {
        var json = new JsonObject
        {
            ["name"] = name,
            ["singularName"] = main?.Singular ?? "",
            ["namespaced"] = kind.Resource.IsNamespaced,
            ["kind"] = type,
            ["verbs"] = Texts(verbs),
        };
        if (main is { ShortNames.Length: > 0 })
            json["shortNames"] = Texts(main.ShortNames);
        if (main is { Categories.Length: > 0 })
            json["categories"] = Texts(main.Categories);
        return json;
    }

    private JsonObject GroupJson(string group)
    {
        var versions = new JsonArray([.. Versions(group).Select(version => (JsonNode)VersionJson(group, version))]);
        return new JsonObject { ["name"] = group, ["versions"] = versions, ["preferredVersion"] = VersionJson(group, Versions(group)[0]) };
    }

    private static JsonObject VersionJson(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonObject Gvk(string group, string version, string kind) => new() { ["group"] = group, ["version"] = version, ["kind"] = kind };

    private static JsonArray Texts(ImmutableArray<string> texts) => new([.. texts.Select(static text => (JsonNode)text)]);

    private static ApiResponse Answer(JsonObject json) => ApiResponse.Json(200, Json.Write(json));
}
