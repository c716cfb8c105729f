namespace Kthena.Embedded.Storage;

/// <summary>The store cannot do what was asked. The message says what to do about it.</summary>
public class StoreException : IOException
{
    internal StoreException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
