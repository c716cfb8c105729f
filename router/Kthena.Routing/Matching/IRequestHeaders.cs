namespace Kthena.Routing.Matching;

/// <summary>The headers of a request, as far as routes look at them.</summary>
public interface IRequestHeaders
{
    /// <summary>The first value of a header; empty when it is absent.</summary>
    /// <param name="name">The name, in any case.</param>
    string FirstValue(string name);
}
