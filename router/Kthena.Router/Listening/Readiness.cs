namespace Kthena.Router.Listening;

/// <summary>Whether this router still wants requests. Once lowered it stays so.</summary>
internal sealed class Readiness
{
    private volatile bool _isLeaving;

    public bool IsLeaving => _isLeaving;

    public void Leave() => _isLeaving = true;
}
