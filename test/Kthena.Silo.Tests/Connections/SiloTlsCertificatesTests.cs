using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kthena.Silo.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Silo.Tests.Connections;

/// <summary>What silos and routers prove themselves with, while its files are replaced.</summary>
public sealed class SiloTlsCertificatesTests : IDisposable
{
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2049, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-silo-tls-");
    private readonly Clock _clock = new();
    private readonly (X509Certificate2 Certificate, ECDsa Key) _first = Authority("first");
    private readonly (X509Certificate2 Certificate, ECDsa Key) _second = Authority("second");

    [Fact]
    public void NewCertificate_IsTaken_AfterTheInterval()
    {
        Write("one", _first);
        SiloTlsCertificates certificates = Open();
        Write("two", _first);

        certificates.Own.Subject.ShouldBe("CN=one");
        _clock.Pass(SiloTlsCertificates.Interval);
        certificates.Own.Subject.ShouldBe("CN=two");
        certificates.Own.HasPrivateKey.ShouldBeTrue();
    }

    [Fact]
    public void NewAuthority_IsTaken_AndTheOldOneIsNoneAnyMore()
    {
        Write("one", _first);
        SiloTlsCertificates certificates = Open();
        using X509Certificate2 ofTheFirst = Issue("a", _first).Certificate;
        using X509Certificate2 ofTheSecond = Issue("b", _second).Certificate;
        (certificates.IsOfTheCluster(ofTheFirst), certificates.IsOfTheCluster(ofTheSecond)).ShouldBe((true, false));

        Write("two", _second, also: _first);
        _clock.Pass(SiloTlsCertificates.Interval);
        (certificates.IsOfTheCluster(ofTheFirst), certificates.IsOfTheCluster(ofTheSecond)).ShouldBe((true, true));

        Write("two", _second);
        _clock.Pass(SiloTlsCertificates.Interval);
        (certificates.IsOfTheCluster(ofTheFirst), certificates.IsOfTheCluster(ofTheSecond)).ShouldBe((false, true));
    }

    [Theory]
    [InlineData("silo.key", "no key")]
    [InlineData("silo.crt", "no certificate")]
    [InlineData("ca.crt", "")]
    [InlineData("ca.crt", null)]
    public void FilesThatCannotBeUsed_LeaveTheLastGoodOnes_AndKeepASiloFromStarting(string file, string? content)
    {
        Write("one", _first);
        SiloTlsCertificates certificates = Open();
        using X509Certificate2 ofTheFirst = Issue("a", _first).Certificate;
        string path = Path.Combine(_folder.FullName, file);
        if (content is null)
            File.Delete(path);
        else
            File.WriteAllText(path, content);

        _clock.Pass(SiloTlsCertificates.Interval);

        certificates.Own.Subject.ShouldBe("CN=one");
        certificates.IsOfTheCluster(ofTheFirst).ShouldBeTrue();
        Should.Throw<ArgumentException>(Open).Message.ShouldContain(file);
        Write("two", _first);
        _clock.Pass(SiloTlsCertificates.Interval);
        certificates.Own.Subject.ShouldBe("CN=two");
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        foreach ((X509Certificate2 certificate, ECDsa key) in new[] { _first, _second })
        {
            certificate.Dispose();
            key.Dispose();
        }
    }

    private static (X509Certificate2 Certificate, ECDsa Key) Authority(string name)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return (request.CreateSelfSigned(Begin, End), key);
    }

    private static (X509Certificate2 Certificate, string Key) Issue(string name, (X509Certificate2 Certificate, ECDsa Key) authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        return (request.Create(authority.Certificate, Begin, End, [1, 2, 3]), key.ExportPkcs8PrivateKeyPem());
    }

    private SiloTlsCertificates Open() => new(
        new SiloTlsFiles(Path.Combine(_folder.FullName, "silo.crt"), Path.Combine(_folder.FullName, "silo.key"), Path.Combine(_folder.FullName, "ca.crt")),
        _clock, NullLogger.Instance);

    private void Write(string name, (X509Certificate2 Certificate, ECDsa Key) authority, (X509Certificate2 Certificate, ECDsa Key)? also = null)
    {
        (X509Certificate2 certificate, string key) = Issue(name, authority);
        File.WriteAllText(Path.Combine(_folder.FullName, "silo.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder.FullName, "silo.key"), key);
        File.WriteAllText(
            Path.Combine(_folder.FullName, "ca.crt"), $"{authority.Certificate.ExportCertificatePem()}\n{also?.Certificate.ExportCertificatePem()}\n");
        certificate.Dispose();
    }

    /// <summary>Stands still until it is told.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
