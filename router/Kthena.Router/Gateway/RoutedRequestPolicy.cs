using Microsoft.Extensions.ObjectPool;

namespace Kthena.Router.Gateway;

/// <summary>Makes requests that take their buffers from one place.</summary>
internal sealed class RoutedRequestPolicy(BodyBuffers buffers) : PooledObjectPolicy<RoutedRequest>
{
    public override RoutedRequest Create() => new(buffers);

    public override bool Return(RoutedRequest obj) => true;
}
