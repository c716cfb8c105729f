using System.CommandLine;
using System.Net;
using Kthena.Silo.Admission;

namespace Kthena.Cli.ControllerManager;

/// <summary>The flags of the admission webhooks; most are named as upstream names them.</summary>
internal sealed class WebhookFlags
{
    private static readonly AdmissionWebhookOptions Defaults = new() { Address = IPAddress.Loopback };

    private readonly Option<int?> _port = new("--webhook-port", "--port")
    {
        Description = "Also serve the admission webhooks, on this port of --silo-address; 0 takes a free one.",
        HelpName = "P",
    };

    private readonly Option<bool?> _enabled = new("--enable-webhook")
    {
        Description = $"Serve the admission webhooks, on port {Defaults.Port} where none is given; any other flag of theirs asks for them too, and false keeps them away.",
        HelpName = "true|false",
    };

    private readonly Option<string?> _certificate = new("--tls-cert-file")
    {
        Description = "The webhooks' certificate (PEM), read again as it changes; without it one is made, shared in a Secret and renewed.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--tls-private-key-file")
    {
        Description = "The certificate's key (PEM).",
        HelpName = "FILE",
    };

    private readonly Option<string> _secret = new("--cert-secret-name")
    {
        Description = "The Secret of the certificate that is made.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => Defaults.SecretName,
    };

    private readonly Option<string> _service = new("--service-name")
    {
        Description = "The Service that leads to the webhooks: the certificate bears its name.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => Defaults.ServiceNames[0],
    };

    private readonly Option<int> _timeout = new("--webhook-timeout")
    {
        Description = "Seconds that a request may take to arrive.",
        HelpName = "S",
        DefaultValueFactory = static _ => (int)Defaults.RequestTimeout.TotalSeconds,
    };

    /// <summary>Gives them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _port, _enabled, _certificate, _key, _secret, _service, _timeout })
            command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    public WebhookSettings Read(ParseResult parsed) => new(
        IsAsked(parsed) ? parsed.GetValue(_port) ?? Defaults.Port : null,
        parsed.GetValue(_certificate),
        parsed.GetValue(_key),
        parsed.GetValue(_secret)!,
        parsed.GetValue(_service)!,
        parsed.GetValue(_timeout));

    /// <summary>Upstream serves them unless told otherwise, and its charts name at least the Secret.</summary>
    private bool IsAsked(ParseResult parsed) =>
        parsed.GetResult(_enabled) is { Implicit: false }
            ? parsed.GetValue(_enabled) ?? true
            : new Option[] { _port, _certificate, _key, _secret, _service, _timeout }.Any(option => parsed.GetResult(option) is { Implicit: false });
}
