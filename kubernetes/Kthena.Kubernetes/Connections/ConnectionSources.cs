namespace Kthena.Kubernetes;

/// <summary>The places where a connection can be described, in the order in which they are tried.</summary>
public sealed record ConnectionSources
{
    /// <summary>A kubeconfig that the user named; it must exist. Null for none.</summary>
    public string? KubeconfigPath { get; init; }

    /// <summary>
    /// The API server that the user named. It takes the place of the one in <see cref="KubeconfigPath"/>; without that it is asked without
    /// any credentials, for those of another server are none of its business. Null for none.
    /// </summary>
    public Uri? Server { get; init; }

    /// <summary>The value of <c>KUBECONFIG</c>: paths separated as <c>PATH</c> is; missing files are skipped. Null for none.</summary>
    public string? KubeconfigVariable { get; init; }

    /// <summary>The value of <c>KUBERNETES_SERVICE_HOST</c>; null outside a pod.</summary>
    public string? ServiceHost { get; init; }

    /// <summary>The value of <c>KUBERNETES_SERVICE_PORT</c>; null outside a pod.</summary>
    public string? ServicePort { get; init; }

    /// <summary>Where a pod finds its service account.</summary>
    public string ServiceAccountFolder { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The home folder, for <c>.kube/config</c>; null for none.</summary>
    public string? HomeFolder { get; init; }

    /// <summary>Takes the sources from environment variables.</summary>
    /// <param name="variable">Looks a variable up; null where it is not set.</param>
    /// <param name="kubeconfigPath">A kubeconfig that the user named; null for none.</param>
    public static ConnectionSources From(Func<string, string?> variable, string? kubeconfigPath = null) => new()
    {
        KubeconfigPath = kubeconfigPath,
        KubeconfigVariable = NullIfEmpty(variable("KUBECONFIG")),
        ServiceHost = NullIfEmpty(variable("KUBERNETES_SERVICE_HOST")),
        ServicePort = NullIfEmpty(variable("KUBERNETES_SERVICE_PORT")),
        HomeFolder = NullIfEmpty(variable("HOME")) ?? NullIfEmpty(variable("USERPROFILE")),
    };

    /// <summary>Reads the first source that is there.</summary>
    /// <exception cref="KubeconfigException">There is none, or it is wrong.</exception>
    public KubernetesConnection Resolve()
    {
        if (KubeconfigPath is not null)
        {
            KubernetesConnection named = Kubeconfig.Load([KubeconfigPath]).Connection();
            return Server is null ? named : named with { Server = Server };
        }
        if (Server is not null)
            return new KubernetesConnection(Server);
        string[] listed = KubeconfigVariable?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        string[] present = [.. listed.Where(File.Exists)];
        if (present.Length > 0)
            return Kubeconfig.Load(present).Connection();
        if (listed.Length > 0)
            throw new KubeconfigException($"KUBECONFIG names no file that exists ({KubeconfigVariable}): correct it or unset it.");
        if (ServiceHost is not null && File.Exists(Path.Combine(ServiceAccountFolder, "token")))
            return InCluster(ServiceHost);
        string? fromHome = HomeFolder is null ? null : Path.Combine(HomeFolder, ".kube", "config");
        if (fromHome is not null && File.Exists(fromHome))
            return Kubeconfig.Load([fromHome]).Connection();
        throw new KubeconfigException(
            "No API server is known: name a kubeconfig with --kubeconfig, set KUBECONFIG, or run in a pod that has a service account.");
    }

    private KubernetesConnection InCluster(string host)
    {
        string address = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        if (!Uri.TryCreate($"https://{address}:{ServicePort ?? "443"}", UriKind.Absolute, out Uri? server))
            throw new KubeconfigException($"KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no address ({host}, {ServicePort}).");
        string authority = Path.Combine(ServiceAccountFolder, "ca.crt");
        string ns = Path.Combine(ServiceAccountFolder, "namespace");
        return new KubernetesConnection(server)
        {
            TokenFile = Path.Combine(ServiceAccountFolder, "token"),
            CertificateAuthorities = File.Exists(authority) ? Certificates.Authorities(File.ReadAllText(authority), authority) : [],
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
        };
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
