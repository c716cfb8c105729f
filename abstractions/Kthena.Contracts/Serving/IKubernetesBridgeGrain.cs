using Orleans.Concurrency;

namespace Kthena.Contracts.Serving;

/// <summary>
/// Turns the changes of one kind into notifications. Key: the kind, such as <c>Pod</c>. Its changes come from the
/// informer of the silo that it lives on; wherever it is activated again it begins with all that exists.
/// </summary>
[Alias("kthena.IKubernetesBridgeGrain")]
public interface IKubernetesBridgeGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the bridge is alive. Every silo calls it every few seconds.</summary>
    [AlwaysInterleave, Alias("poke")]
    Task PokeAsync();

    /// <summary>Begins again with all that exists, because a silo died: messages to it are lost, and grains that lived there sleep.</summary>
    /// <param name="membershipVersion">The version of the membership that says so; one that was heard of before changes nothing.</param>
    [AlwaysInterleave, Alias("retell")]
    Task RetellAsync(long membershipVersion);
}
