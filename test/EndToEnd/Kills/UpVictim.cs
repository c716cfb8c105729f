namespace EndToEnd.Kills;

/// <summary><c>kthena up</c>: API server, store, control plane and node die together.</summary>
internal sealed class UpVictim : Victim
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    public override string Kubeconfig => Path.Combine(_folder.FullName, "data", "kubeconfig");

    protected override string[] Arguments =>
        ["up", "--data-dir", Path.Combine(_folder.FullName, "data"), "--router-port", "0", "--api-port", "0", "--no-quickstart"];

    public override void Dispose()
    {
        base.Dispose();
        _folder.Delete(recursive: true);
    }
}
