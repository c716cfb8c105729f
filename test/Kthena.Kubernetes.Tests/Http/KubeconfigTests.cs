using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kthena.Kubernetes.Tests.Http;

public sealed class KubeconfigTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-kubeconfig-");
    private readonly TestCertificates _certificates = new();

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _certificates.Dispose();
    }

    [Fact]
    public void Load_EmbeddedData_GivesTheCurrentContextsConnection()
    {
        string path = Write("config", $"""
            apiVersion: v1
            kind: Config
            current-context: two
            clusters:
            - name: c
              cluster:
                server: https://10.0.0.1:6443
                certificate-authority-data: {Base64(_certificates.AuthorityPem)}
                tls-server-name: api
            users:
            - name: u
              user:
                client-certificate-data: {Base64(_certificates.Client.ExportCertificatePem())}
                client-key-data: {Base64(_certificates.Client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}
            contexts:
            - name: one
              context: {"{cluster: c}"}
            - name: two
              context: {"{cluster: c, user: u, namespace: models}"}
            """);

        KubernetesConnection connection = new ConnectionSources { KubeconfigPath = path }.Resolve();

        connection.Server.ShouldBe(new Uri("https://10.0.0.1:6443"));
        connection.Namespace.ShouldBe("models");
        connection.TlsServerName.ShouldBe("api");
        connection.CertificateAuthorities.Single().Subject.ShouldBe("CN=test-ca");
        connection.ClientCertificate!.HasPrivateKey.ShouldBeTrue();
    }

    [Fact]
    public void Load_Files_AreRelativeToTheKubeconfig()
    {
        Write("ca.pem", _certificates.AuthorityPem);
        string path = Write("config", Config("certificate-authority: ca.pem", "tokenFile: token"));

        KubernetesConnection connection = new ConnectionSources { KubeconfigVariable = path }.Resolve();

        connection.CertificateAuthorities.Length.ShouldBe(1);
        connection.TokenFile.ShouldBe(Path.Combine(_folder.FullName, "token"));
    }

    [Fact]
    public void Load_SeveralFiles_TheFirstThatSaysItWins()
    {
        string first = Write("first", "current-context: x\nusers: [{name: u, user: {token: right}}]");
        string second = Write("second", Config("insecure-skip-tls-verify: true", "token: wrong"));

        KubernetesConnection connection =
            new ConnectionSources { KubeconfigVariable = $"{first}{Path.PathSeparator}/nowhere{Path.PathSeparator}{second}" }.Resolve();

        connection.Token.ShouldBe("right");
        connection.SkipsTlsVerification.ShouldBeTrue();
    }

    [Fact]
    public void Resolve_InAPod_TakesTheServiceAccount()
    {
        Write("token", "secret");
        Write("namespace", "kthena-system\n");
        Write("ca.crt", _certificates.AuthorityPem);

        KubernetesConnection connection = (ConnectionSources.From(name => name switch
        {
            "KUBERNETES_SERVICE_HOST" => "fd00::1",
            "KUBERNETES_SERVICE_PORT" => "443",
            _ => null,
        }) with
        { ServiceAccountFolder = _folder.FullName }).Resolve();

        connection.Server.ShouldBe(new Uri("https://[fd00::1]:443"));
        connection.Namespace.ShouldBe("kthena-system");
        connection.TokenFile.ShouldEndWith("token");
    }

    [Theory]
    [InlineData("", "the file is empty or no kubeconfig")]
    [InlineData("a: [", "not YAML")]
    [InlineData("kind: Config", "no current-context; choose one with 'kubectl config use-context NAME'")]
    [InlineData("current-context: y\ncontexts: [{name: x, context: {}}]", "no context 'y'; there are: x")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]", "no cluster 'c'")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: nope}}]", "no http or https URL")]
    public void Load_Wrong_IsOneLineWithTheRemedy(string text, string expected)
    {
        string path = Write("config", text);

        string message = Should.Throw<KubeconfigException>(() => new ConnectionSources { KubeconfigPath = path }.Resolve()).Message;

        message.ShouldStartWith(path);
        message.ShouldContain(expected);
        message.ShouldNotContain("\n");
    }

    [Theory]
    [InlineData("certificate-authority-data: '!!'", "token: t", "'certificate-authority-data' is not base64")]
    [InlineData("certificate-authority: missing.pem", "token: t", "'certificate-authority' cannot be read")]
    [InlineData("insecure-skip-tls-verify: maybe", "token: t", "must be true or false, not 'maybe'")]
    [InlineData("insecure-skip-tls-verify: true", "exec: {command: aws}", "gets its credentials from 'exec'")]
    [InlineData("insecure-skip-tls-verify: true", "client-key-data: YQ==", "must be given together")]
    public void Load_WrongValue_NamesItsPlace(string cluster, string user, string expected)
    {
        string path = Write("config", Config(cluster, user));

        string message = Should.Throw<KubeconfigException>(() => new ConnectionSources { KubeconfigPath = path }.Resolve()).Message;

        message.ShouldStartWith($"{path}:");
        message.ShouldContain(expected);
    }

    [Fact]
    public void Resolve_OfAServer_KeepsTheCredentialsOfTheFileThatWasNamed_AndTakesNoOthers()
    {
        string path = Write("config", Config("insecure-skip-tls-verify: true", "token: secret"));
        var other = new Uri("https://10.0.0.9:6443");

        KubernetesConnection named = new ConnectionSources { KubeconfigPath = path, Server = other }.Resolve();
        (named.Server, named.Token).ShouldBe((other, "secret"));
        KubernetesConnection alone = new ConnectionSources { KubeconfigVariable = path, Server = other }.Resolve();
        (alone.Server, alone.Token).ShouldBe((other, null));
    }

    [Fact]
    public void Resolve_WithNothing_SaysWhatToDo()
    {
        Should.Throw<KubeconfigException>(() => new ConnectionSources().Resolve()).Message.ShouldContain("--kubeconfig");
        Should.Throw<KubeconfigException>(() => new ConnectionSources { KubeconfigPath = "/nowhere/config" }.Resolve())
            .Message.ShouldBe("/nowhere/config: there is no such kubeconfig; check the path.");
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Config(string cluster, string user) => $"""
        current-context: x
        contexts:
        - name: x
          context:
            cluster: c
            user: u
        clusters:
        - name: c
          cluster:
            server: https://127.0.0.1:6443
            {cluster}
        users:
        - name: u
          user:
            {user}
        """;

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
