using System.Collections.Frozen;
using Kthena.Contracts.Routing;
using Kthena.Routing.Matching;

namespace Kthena.Router.Tables;

/// <summary>A model server of one snapshot with what the router keeps of it from one snapshot to the next.</summary>
/// <param name="compiled">The model server.</param>
/// <param name="endpoints">Its endpoints, in the snapshot's order.</param>
/// <param name="memory">What was sent where.</param>
/// <param name="cache">The cluster's prefix cache.</param>
internal sealed class LiveServer(CompiledServer compiled, EndpointState[] endpoints, PromptMemory memory, PrefixCacheLink cache)
{
    private readonly FrozenDictionary<string, int> _byUid = endpoints
        .Select(static (endpoint, index) => KeyValuePair.Create(endpoint.View.Uid, index))
        .DistinctBy(static pair => pair.Key)
        .ToFrozenDictionary(StringComparer.Ordinal);

    public CompiledServer Compiled { get; } = compiled;

    public EndpointState[] Endpoints { get; } = endpoints;

    public PromptMemory Memory { get; } = memory;

    public PrefixCacheLink Cache { get; } = cache;

    /// <summary>The index of an endpoint, or -1.</summary>
    public int IndexOf(string uid) => _byUid.TryGetValue(uid, out int index) ? index : -1;
}
