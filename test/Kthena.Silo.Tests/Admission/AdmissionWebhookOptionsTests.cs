using System.Net;
using Kthena.Silo.Admission;

namespace Kthena.Silo.Tests.Admission;

public class AdmissionWebhookOptionsTests
{
    [Fact]
    public void Defaults_AreThoseOfTheChart()
    {
        var options = new AdmissionWebhookOptions { Address = IPAddress.Loopback };

        options.Validate();
        options.Port.ShouldBe(8443);
        options.SecretName.ShouldBe("kthena-controller-manager-webhook-certs");
        options.CertificateNames.ShouldBe(
        [
            "kthena-controller-manager-webhook.default.svc", "kthena-controller-manager-webhook.default.svc.cluster.local",
            "kthena-router-webhook.default.svc", "kthena-router-webhook.default.svc.cluster.local",
        ]);
        options.RequestTimeout.ShouldBe(TimeSpan.FromSeconds(30));
        options.StartTimeout.ShouldBe(TimeSpan.FromSeconds(30));
        options.BodyBytesMost.ShouldBe(3 * 1024 * 1024);
    }

    [Fact]
    public void Faults_AreAllToldAtOnce()
    {
        var options = new AdmissionWebhookOptions
        {
            Address = IPAddress.Loopback,
            Port = 70_000,
            Namespace = "No_Name",
            SecretName = "",
            ServiceNames = ["-a"],
            AlternativeNames = ["::1", "b c"],
            ValidatingConfigurations = ["C"],
            Files = new AdmissionCertificateFiles("", "k"),
            CertificateLifetime = TimeSpan.FromDays(1),
            CheckInterval = TimeSpan.Zero,
            StartTimeout = TimeSpan.Zero,
            RequestTimeout = TimeSpan.FromSeconds(-1),
            BodyBytesMost = 0,
        };

        string message = Should.Throw<ArgumentException>(options.Validate).Message;

        foreach (string name in (string[])["Port", "Namespace", "SecretName", "ServiceNames", "AlternativeNames", "ValidatingConfigurations", "Files", "CertificateLifetime", "CheckInterval", "StartTimeout", "RequestTimeout", "BodyBytesMost"])
            message.ShouldContain($"{name} must");
        message.ShouldNotContain("::1");
    }
}
