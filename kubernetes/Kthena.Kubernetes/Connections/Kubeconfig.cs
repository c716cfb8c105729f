using System.Collections.Immutable;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kthena.Kubernetes;

/// <summary>
/// One or more kubeconfig files read as one: the first file that sets a value wins, as kubectl does it. See
/// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/.
/// </summary>
public sealed class Kubeconfig
{
    private readonly ImmutableArray<YamlFields> _files;
    private readonly string _place;

    private Kubeconfig(ImmutableArray<YamlFields> files, string place)
    {
        _files = files;
        _place = place;
    }

    /// <summary>The context in use when none is named; null where no file sets it.</summary>
    public string? CurrentContext => _files.Select(static file => file.Text("current-context")).FirstOrDefault(static text => text is not null);

    /// <summary>The names of all contexts, in file order.</summary>
    public IEnumerable<string> Contexts =>
        _files.SelectMany(static file => file.Items("contexts")).Select(static item => item.Text("name") ?? "").Distinct(StringComparer.Ordinal);

    /// <summary>Reads files.</summary>
    /// <param name="paths">The files, most important first.</param>
    /// <exception cref="KubeconfigException">A file is missing, unreadable or no kubeconfig.</exception>
    public static Kubeconfig Load(IReadOnlyList<string> paths) =>
        new([.. paths.Select(LoadFile)], string.Join(Path.PathSeparator, paths));

    /// <summary>The connection of a context.</summary>
    /// <param name="context">The context's name; null takes <see cref="CurrentContext"/>.</param>
    /// <exception cref="KubeconfigException">The context, its cluster or its user is missing or wrong.</exception>
    public KubernetesConnection Connection(string? context = null)
    {
        string name = context ?? CurrentContext
            ?? throw new KubeconfigException($"{_place}: no current-context; choose one with 'kubectl config use-context NAME'.");
        YamlFields link = Find("contexts", name)?.Child("context")
            ?? throw new KubeconfigException($"{_place}: no context '{name}'; there are: {string.Join(", ", Contexts)}.");
        string clusterName = link.Text("cluster") ?? throw new KubeconfigException($"{_place}: context '{name}' names no cluster.");
        YamlFields cluster = Find("clusters", clusterName)?.Child("cluster")
            ?? throw new KubeconfigException($"{_place}: no cluster '{clusterName}', which context '{name}' names.");
        YamlFields? user = null;
        if (link.Text("user") is string userName)
        {
            user = Find("users", userName)?.Child("user")
                ?? throw new KubeconfigException($"{_place}: no user '{userName}', which context '{name}' names.");
        }
        string text = cluster.Text("server") ?? throw new KubeconfigException($"{_place}: cluster '{clusterName}' has no server.");
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? server) || server.Scheme is not ("http" or "https"))
            throw new KubeconfigException($"{_place}: cluster '{clusterName}' has the server '{text}', which is no http or https URL.");
        KubernetesConnection connection = WithCluster(new KubernetesConnection(server), cluster) with
        {
            Namespace = link.Text("namespace") ?? "default",
        };
        return user is null ? connection : WithUser(connection, user);
    }

    private static KubernetesConnection WithCluster(KubernetesConnection connection, YamlFields cluster)
    {
        bool skips = cluster.Boolean("insecure-skip-tls-verify");
        string? authority = cluster.Data("certificate-authority-data") ?? cluster.FileText("certificate-authority");
        return connection with
        {
            SkipsTlsVerification = skips,
            CertificateAuthorities = authority is null || skips ? [] : Certificates.Authorities(authority, cluster.Place),
            TlsServerName = cluster.Text("tls-server-name"),
            Proxy = cluster.Text("proxy-url") is string proxy ? new Uri(proxy) : null,
        };
    }

    private static KubernetesConnection WithUser(KubernetesConnection connection, YamlFields user)
    {
        foreach (string plugin in (ReadOnlySpan<string>)["exec", "auth-provider"])
        {
            if (user.Child(plugin) is not null)
            {
                throw new KubeconfigException(
                    $"{user.Place}: the user gets its credentials from '{plugin}', which is not supported; use a token ('kubectl create token') or a client certificate.");
            }
        }
        string? certificate = user.Data("client-certificate-data") ?? user.FileText("client-certificate");
        string? key = user.Data("client-key-data") ?? user.FileText("client-key");
        if (certificate is null != key is null)
            throw new KubeconfigException($"{user.Place}: client-certificate and client-key must be given together.");
        return connection with
        {
            ClientCertificate = certificate is null ? null : Certificates.Client(certificate, key!, user.Place),
            Token = user.Text("token"),
            TokenFile = user.Text("token") is null && user.Text("tokenFile") is string file ? user.PathOf(file) : null,
            UserName = user.Text("username"),
            Password = user.Text("password"),
        };
    }

    private static YamlFields LoadFile(string path)
    {
        try
        {
            var stream = new YamlStream();
            using (var reader = new StreamReader(path, Encoding.UTF8))
                stream.Load(reader);
            if (stream.Documents is [{ RootNode: YamlMappingNode root }, ..])
                return new YamlFields(root, path);
            throw new KubeconfigException($"{path}: the file is empty or no kubeconfig; write it again, for example with 'kubectl config view --raw'.");
        }
        catch (YamlException error)
        {
            throw new KubeconfigException($"{path}:{error.Start.Line}: not YAML: {error.Message}", error);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new KubeconfigException($"{path}: there is no such kubeconfig; check the path.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new KubeconfigException($"{path}: the kubeconfig cannot be read: {error.Message}", error);
        }
    }

    private YamlFields? Find(string list, string name) =>
        _files.SelectMany(file => file.Items(list)).FirstOrDefault(item => item.Text("name") == name);
}
