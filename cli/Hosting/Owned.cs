namespace Kthena.Cli.Hosting;

/// <summary>Lets a part that is disposed of at once stand among those that take their time.</summary>
internal sealed class Owned(IDisposable part) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        part.Dispose();
        return ValueTask.CompletedTask;
    }
}
