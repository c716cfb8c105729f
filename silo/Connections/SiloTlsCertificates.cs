using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Kthena.Silo.Connections;

/// <summary>
/// What <see cref="SiloTlsFiles"/> name, read again when it changes: a handshake looks at the files at most once an interval. Files that
/// cannot be used, as while they are being replaced, leave the last good ones in force.
/// </summary>
internal sealed partial class SiloTlsCertificates
{
    /// <summary>How often a handshake looks at the files.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SiloTlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private string _fingerprint;
    private InForce _current;
    private long _checkedAt;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="files">The files.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it is told that they changed.</param>
    /// <exception cref="ArgumentException">A file cannot be used; the message names it.</exception>
    public SiloTlsCertificates(SiloTlsFiles files, TimeProvider time, ILogger logger)
    {
        (_files, _time, _logger) = (files, time, logger);
        string[] texts = files.Read();
        (_fingerprint, _current, _checkedAt) = (FingerprintOf(texts), Load(texts), time.GetTimestamp());
    }

    /// <summary>The certificate of this process.</summary>
    public X509Certificate2 Own => Current.Own;

    private InForce Current
    {
        get
        {
            if (_time.GetElapsedTime(Volatile.Read(ref _checkedAt)) >= Interval)
                Check();
            return Volatile.Read(ref _current);
        }
    }

    /// <summary>Whether a certificate is of one of the authorities. Nobody looks at names.</summary>
    /// <param name="certificate">The certificate.</param>
    public bool IsOfTheCluster(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current.Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private void Check()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_checkedAt) < Interval)
                return;
            Volatile.Write(ref _checkedAt, _time.GetTimestamp());
            try
            {
                string[] texts = _files.Read();
                string fingerprint = FingerprintOf(texts);
                if (fingerprint == _fingerprint)
                    return;
                Volatile.Write(ref _current, Load(texts));
                _fingerprint = fingerprint;
                LogReloaded(_files.CertificatePath);
            }
            catch (ArgumentException unusable)
            {
                LogNotReloaded(unusable.Message);
            }
        }
    }

    private InForce Load(string[] texts) => new(_files.CertificateOf(texts), _files.AuthoritiesOf(texts));

    private static string FingerprintOf(string[] texts) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))));

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Took the new certificate for silos and clients from {Path}.")]
    private partial void LogReloaded(string path);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "New files for TLS between silos cannot be used; the last good ones stay in force. {Fault}")]
    private partial void LogNotReloaded(string fault);

    private sealed record InForce(X509Certificate2 Own, X509Certificate2Collection Authorities);
}
