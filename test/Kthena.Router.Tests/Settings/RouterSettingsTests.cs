using System.Net;
using Kthena.Router.Accounting;
using Kthena.Router.Settings;

namespace Kthena.Router.Tests.Settings;

public sealed class RouterSettingsTests
{
    [Fact]
    public void Nothing_GivesUpstreamsDefaults()
    {
        (RouterOptions options, List<string> faults) = Read([]);

        faults.ShouldBeEmpty();
        (options.Port, options.MetricsPort, options.DebugPort).ShouldBe((8080, 9090, 15000));
        options.ListenAddress.ShouldBe(IPAddress.Any);
        options.DrainTimeout.ShouldBe(TimeSpan.FromMinutes(5));
        options.AccessLogFormat.ShouldBe(AccessLogFormat.Text);
        options.AccessLog.ShouldBe(Console.Out);
        options.ExposesMetricsOnRouterPort.ShouldBeFalse();
        options.Validate().ShouldBeEmpty();
    }

    [Fact]
    public void Everything_IsTaken()
    {
        (RouterOptions options, List<string> faults) = Read(
            ["--port", "81", "--metrics-port=82", "--debug-port=83", "--tls-cert=c", "--tls-key", "k", "--scheduler-config=s", "--expose-metrics-on-router-port", "--enable-gateway-api=false"],
            ("DRAIN_TIMEOUT", "1m30s"), ("ACCESS_LOG_FORMAT", "json"), ("ACCESS_LOG_OUTPUT", "stderr"), ("ENABLE_SESSION_BOOST", "F"));

        faults.ShouldBeEmpty();
        (options.Port, options.MetricsPort, options.DebugPort).ShouldBe((81, 82, 83));
        (options.TlsCertificatePath, options.TlsKeyPath).ShouldBe(("c", "k"));
        options.ExposesMetricsOnRouterPort.ShouldBeTrue();
        options.SchedulerFilePath.ShouldBe("s");
        options.DrainTimeout.ShouldBe(TimeSpan.FromSeconds(90));
        options.AccessLogFormat.ShouldBe(AccessLogFormat.Json);
        options.AccessLog.ShouldBe(Console.Error);
    }

    [Fact]
    public void DurationBeyondWhatAClockCanHold_IsRefusedAtStart_NotFoundOutWhenItIsOver()
    {
        (RouterOptions options, List<string> faults) = Read(["--request-headers-timeout=2000h", "--drain-notice=2000h"], ("DRAIN_TIMEOUT", "2000h"));

        faults.ShouldBeEmpty();
        options.Validate().ShouldBe(
        [
            "DrainNotice must be at most 24 days, not 83.08:00:00.",
            "DrainTimeout must be at most 24 days, not 83.08:00:00.",
            "RequestHeadersTimeout must be at most 24 days, not 83.08:00:00.",
        ]);
    }

    [Fact]
    public void Limits_AreOptions()
    {
        (RouterOptions options, List<string> faults) = Read(
        [
            "--request-headers-timeout=3s", "--drain-notice", "5s", "--connections-max=7", "--streams-per-connection-max=8", "--body-bytes-max=2048",
            "--forward-client-credentials", "--share-names-across-namespaces=true", "--engines-speak-http2",
        ]);

        faults.ShouldBeEmpty();
        (options.RequestHeadersTimeout, options.DrainNotice).ShouldBe((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)));
        (options.ConnectionsMax, options.StreamsPerConnectionMax, options.BodyBytesMax).ShouldBe((7L, 8, 2048L));
        (options.ForwardsClientCredentials, options.SharesNamesAcrossNamespaces, options.EnginesSpeakHttp2).ShouldBe((true, true, true));
        options.Validate().ShouldBeEmpty();
        Read(["--connections-max=0", "--body-bytes-max=9999999999", "--request-headers-timeout=0"]).Faults.ShouldBe(
        [
            "--request-headers-timeout must be a duration of more than zero, such as 5m, not '0'.",
            "--connections-max must be 1 to 2147483647, not '0'.",
            "--body-bytes-max must be 1 to 1073741824, not '9999999999'.",
        ]);
    }

    [Fact]
    public void SettingsOfUpstreamWithoutWorkHere_AreTakenAndTold()
    {
        (RouterOptions options, List<string> faults) = Read(
            ["--enable-webhook=true", "--webhook-port", "8443", "--kube-api-qps=50", "-v=2"],
            ("REDIS_HOST", "redis"), ("METRICS_SCRAPE_INTERVAL", "2s"));

        faults.ShouldBeEmpty();
        options.Warnings.ShouldBe(
        [
            "--webhook-port has no effect: the control plane answers admission reviews.",
            "--kube-api-qps has no effect: routers hear of the cluster from the control plane.",
            "-v has no effect: the log goes to standard error.",
            "--enable-webhook has no effect: the control plane answers admission reviews.",
            "REDIS_HOST has no effect: routers share counts and prefixes through the control plane, without Redis.",
            "METRICS_SCRAPE_INTERVAL has no effect: the control plane scrapes each engine once for all routers, every second while it is used.",
        ]);
        Read([], ("METRICS_SCRAPE_INTERVAL", "soon")).Faults.ShouldHaveSingleItem().ShouldStartWith("METRICS_SCRAPE_INTERVAL must be");
    }

    [Fact]
    public void EveryFault_IsReportedAtOnce()
    {
        (_, List<string> faults) = Read(
            ["--port=0", "--metrics-port", "x", "--unknown", "--enable-gateway-api", "--tls-cert"],
            ("DRAIN_TIMEOUT", "-1s"), ("ACCESS_LOG_FORMAT", "xml"), ("ACCESS_LOG_ENABLED", "yes"), ("ENABLE_FAIRNESS_SCHEDULING", "true"));

        faults.Order().ShouldBe([
            "--enable-gateway-api asks for what this router does not do.",
            "--metrics-port must be 1 to 65535, not 'x'.",
            "--port must be 1 to 65535, not '0'.",
            "--tls-cert needs a value.",
            "--unknown is no flag of the router's.",
            "ACCESS_LOG_ENABLED must be true or false, not 'yes'.",
            "ACCESS_LOG_FORMAT must be text or json, not 'xml'.",
            "DRAIN_TIMEOUT must be a duration of more than zero, such as 5m, not '-1s'.",
            "ENABLE_FAIRNESS_SCHEDULING asks for what this router does not do.",
        ], ignoreOrder: true);
    }

    [Fact]
    public void AccessLog_CanBeOff_AndAnUnopenableFileIsRefused()
    {
        Read([], ("ACCESS_LOG_ENABLED", "false")).Options.AccessLog.ShouldBeNull();
        Read([], ("ACCESS_LOG_OUTPUT", "/dev/null/access.log")).Faults.ShouldHaveSingleItem().ShouldStartWith("ACCESS_LOG_OUTPUT '/dev/null/access.log' cannot be opened");
    }

    [Theory]
    [InlineData("5m", 300)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5s", 1.5)]
    [InlineData("250ms", .25)]
    [InlineData("0", 0)]
    public void Duration_IsReadAsGoDoes(string text, double seconds)
    {
        GoDuration.TryParse(text, out TimeSpan duration).ShouldBeTrue();
        duration.TotalSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5x")]
    [InlineData("1..5s")]
    [InlineData("5m ")]
    [InlineData("99999999999999h")]
    public void Duration_ThatIsNone_IsRefused(string text) => GoDuration.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void BadOptions_AreReportedAtOnce()
    {
        IReadOnlyList<string> faults = new RouterOptions
        {
            Port = -1,
            MetricsPort = 70000,
            DebugPort = -2,
            ConnectionsMax = 0,
            StreamsPerConnectionMax = 0,
            DrainTimeout = TimeSpan.Zero,
            DrainNotice = TimeSpan.FromSeconds(-1),
            TlsCertificatePath = "x",
        }.Validate();

        faults.Count.ShouldBe(8);
    }

    private static (RouterOptions Options, List<string> Faults) Read(string[] arguments, params (string Name, string Value)[] environment)
    {
        var faults = new List<string>();
        Dictionary<string, string> variables = environment.ToDictionary(static pair => pair.Name, static pair => pair.Value);
        return (RouterSettings.Read(arguments, variables.GetValueOrDefault, faults), faults);
    }
}
