namespace Kthena.Kubernetes;

/// <summary>A token that may stand in a file which is replaced while we run, as a pod's service-account token is.</summary>
internal sealed class BearerToken(string? token, string? file, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan ReadAgainAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private string? _token = token;
    private long _readAt;
    private bool _wasRead;

    /// <summary>The token; null for none.</summary>
    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken)
    {
        if (file is null || IsFresh())
            return _token;
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (IsFresh())
                return _token;
            _token = (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
            _readAt = time.GetTimestamp();
            _wasRead = true;
        }
        catch (Exception error) when (_token is not null && error is IOException or UnauthorizedAccessException)
        {
            // The file is being replaced: the token at hand is good for now.
        }
        finally
        {
            _reading.Release();
        }
        return _token;
    }

    /// <summary>Makes the next use read the file again, after the server refused a token.</summary>
    /// <returns>Whether there is a file to read.</returns>
    public bool Expire()
    {
        _wasRead = false;
        return file is not null;
    }

    public void Dispose() => _reading.Dispose();

    private bool IsFresh() => _wasRead && time.GetElapsedTime(_readAt) < ReadAgainAfter;
}
