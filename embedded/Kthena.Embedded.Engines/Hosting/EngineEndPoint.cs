using System.Net;

namespace Kthena.Embedded.Engines.Hosting;

/// <summary>The one endpoint that Kestrel knows: it stands for all engines' addresses, which come and go behind it.</summary>
internal sealed class EngineEndPoint : EndPoint
{
    public override string ToString() => "engines";
}
