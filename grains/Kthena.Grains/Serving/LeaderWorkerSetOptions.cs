namespace Kthena.Grains.Serving;

/// <summary>Whether LeaderWorkerSets are served.</summary>
public sealed class LeaderWorkerSetOptions
{
    /// <summary>
    /// Whether they are turned into ModelServings. Default: true. To be turned off where their own controller runs, for a set that
    /// both serve has every pod twice.
    /// </summary>
    public bool IsServed { get; set; } = true;
}
