namespace Kthena.Embedded.Storage.Tests.Writing;

/// <summary>Something that writes to a folder and tells what it finds there. Under each key the numbers 1, 2, 3 ... are written.</summary>
internal interface IWriter : IAsyncDisposable
{
    /// <summary>Tells the last number of each key, and what is torn.</summary>
    Task TellAsync(Report report);

    /// <summary>Writes without end, telling each number once it was acknowledged.</summary>
    IEnumerable<Task> Write(Report report);
}
