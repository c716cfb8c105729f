using System.Collections.Immutable;
using System.Net;
using Kthena.Plugins;

namespace Kthena.Silo.Admission;

/// <summary>Settings of the admission webhooks.</summary>
public sealed record AdmissionWebhookOptions
{
    private const int PortMost = 65535;
    private const int NameLengthMost = 253;

    /// <summary>Where to listen: any address in a cluster, loopback on one machine.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; init; } = 8443;

    /// <summary>The plugins that ModelServings may name: the same as the silos'.</summary>
    public PluginRegistry Plugins { get; init; } = PluginRegistry.BuiltIn;

    /// <summary>The namespace of the Services and the Secret.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>The Services that lead here; the certificate bears their names.</summary>
    public ImmutableArray<string> ServiceNames { get; init; } = ["kthena-controller-manager-webhook", "kthena-router-webhook"];

    /// <summary>More names or IP addresses for the certificate, for webhook configurations that name a URL.</summary>
    public ImmutableArray<string> AlternativeNames { get; init; } = [];

    /// <summary>The Secret in which the silos share their certificate.</summary>
    public string SecretName { get; init; } = "kthena-controller-manager-webhook-certs";

    /// <summary>The ValidatingWebhookConfigurations whose entries are all given our authority.</summary>
    public ImmutableArray<string> ValidatingConfigurations { get; init; } =
        ["kthena-controller-manager-validating-webhook", "kthena-router-validating-webhook"];

    /// <summary>The MutatingWebhookConfigurations whose entries are all given our authority.</summary>
    public ImmutableArray<string> MutatingConfigurations { get; init; } = ["kthena-controller-manager-mutating-webhook"];

    /// <summary>A certificate as files; null makes and renews one in the Secret.</summary>
    public AdmissionCertificateFiles? Files { get; init; }

    /// <summary>How long a certificate that is made here is good.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long before its end a certificate is replaced.</summary>
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How often certificate and webhook configurations are looked at.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the start waits for a certificate.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may take to arrive.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest review in bytes.</summary>
    public long BodyBytesMost { get; init; } = 3 * 1024 * 1024;

    /// <summary>Every name that the certificate must bear.</summary>
    internal ImmutableArray<string> CertificateNames =>
    [
        .. ServiceNames.SelectMany(service => (string[])[$"{service}.{Namespace}.svc", $"{service}.{Namespace}.svc.cluster.local"]),
        .. AlternativeNames,
    ];

    internal void Validate()
    {
        var problems = new List<string>();
        if (Port is < 0 or > PortMost)
            problems.Add($"{nameof(Port)} must be between 0 and {PortMost}, not {Port}.");
        CheckNames(nameof(Namespace), [Namespace], problems);
        CheckNames(nameof(SecretName), [SecretName], problems);
        CheckNames(nameof(ServiceNames), ServiceNames, problems);
        CheckNames(nameof(ValidatingConfigurations), ValidatingConfigurations, problems);
        CheckNames(nameof(MutatingConfigurations), MutatingConfigurations, problems);
        if (AlternativeNames.Any(static name => !IPAddress.TryParse(name, out _)))
            CheckNames(nameof(AlternativeNames), [.. AlternativeNames.Where(static name => !IPAddress.TryParse(name, out _))], problems);
        if (Files is null && CertificateNames.IsEmpty)
            problems.Add($"{nameof(ServiceNames)} or {nameof(AlternativeNames)} must have a name for the certificate.");
        if (Files is { } files && (files.CertificatePath.Length == 0 || files.KeyPath.Length == 0 || files.AuthorityPath is { Length: 0 }))
            problems.Add($"{nameof(Files)} must have the paths of a certificate and its key, and no empty one.");
        foreach ((string name, TimeSpan span) in ((string, TimeSpan)[])[
            (nameof(CheckInterval), CheckInterval), (nameof(StartTimeout), StartTimeout), (nameof(RequestTimeout), RequestTimeout),
            (nameof(RenewBefore), RenewBefore)])
        {
            if (span <= TimeSpan.Zero)
                problems.Add($"{name} must be more than nothing.");
        }
        if (CertificateLifetime <= RenewBefore)
            problems.Add($"{nameof(CertificateLifetime)} must be longer than {nameof(RenewBefore)}.");
        if (BodyBytesMost < 1)
            problems.Add($"{nameof(BodyBytesMost)} must be at least 1, not {BodyBytesMost}.");
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(' ', problems));
    }

    private static void CheckNames(string option, ImmutableArray<string> names, List<string> problems)
    {
        problems.AddRange(names.Where(static name => !IsDnsName(name)).Select(name => $"{option} must be DNS names, not '{name}'."));
    }

    private static bool IsDnsName(string name) =>
        name.Length is > 0 and <= NameLengthMost && name.Split('.').All(static part =>
            part.Length is > 0 and < 64 && part[0] != '-' && part[^1] != '-'
            && part.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));
}
