using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Kthena.Router.Listening;

/// <summary>
/// A certificate chain and its key in PEM files, read again when they change: a handshake looks at them at most once an interval.
/// A pair that does not fit, as while the files are being replaced, leaves the last good one in force.
/// </summary>
internal sealed partial class CertificateFiles
{
    private readonly string _certificatePath;
    private readonly string _keyPath;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateFiles> _logger;
    private readonly Lock _lock = new();
    private string _fingerprint;
    private SslStreamCertificateContext _current;
    private long _checkedAt;

    private CertificateFiles(string certificatePath, string keyPath, TimeSpan interval, TimeProvider time, ILogger<CertificateFiles> logger)
    {
        (_certificatePath, _keyPath, _interval, _time, _logger) = (certificatePath, keyPath, interval, time, logger);
        (string certificate, string key) = Read();
        _fingerprint = Fingerprint(certificate, key);
        _current = Load(certificate, key);
        _checkedAt = time.GetTimestamp();
    }

    /// <summary>Reads the certificate for the first time; null where the options name none.</summary>
    /// <exception cref="ArgumentException">The files cannot be used; the message names them.</exception>
    public static CertificateFiles? Open(RouterOptions options, TimeProvider time, ILogger<CertificateFiles> logger)
    {
        if (options is not { TlsCertificatePath: { } certificate, TlsKeyPath: { } key })
            return null;
        try
        {
            return new CertificateFiles(certificate, key, options.CertificateCheckInterval, time, logger);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"The certificate {certificate} with the key {key} cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>The certificate in force.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _checkedAt)) >= _interval)
                Check();
            return Volatile.Read(ref _current);
        }
    }

    private void Check()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_checkedAt) < _interval)
                return;
            Volatile.Write(ref _checkedAt, _time.GetTimestamp());
            try
            {
                (string certificate, string key) = Read();
                string fingerprint = Fingerprint(certificate, key);
                if (fingerprint == _fingerprint)
                    return;
                Volatile.Write(ref _current, Load(certificate, key));
                _fingerprint = fingerprint;
                LogReloaded(_certificatePath);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
            {
                LogNotReloaded(exception, _certificatePath);
            }
        }
    }

    private (string Certificate, string Key) Read() => (File.ReadAllText(_certificatePath), File.ReadAllText(_keyPath));

    private static string Fingerprint(string certificate, string key) =>
        Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(certificate + "\n" + key)));

    private static SslStreamCertificateContext Load(string certificate, string key)
    {
        X509Certificate2 leaf;
        try
        {
            leaf = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException("The key does not belong to the certificate.", exception);
        }
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Took the new certificate from {Path}.")]
    private partial void LogReloaded(string path);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The certificate in {Path} cannot be used; the last good one stays in force.")]
    private partial void LogNotReloaded(Exception exception, string path);
}
