namespace EndToEnd.Kills;

/// <summary><c>kthena controller-manager</c> on an API server that lives on, with a simulated node beside it that reports the pods' status.</summary>
internal sealed class ControllerManagerVictim(string kubeconfig) : Victim
{
    private readonly KilledProcess _node = KilledProcess.Start("node", "--kubeconfig", kubeconfig, "--name", "kill-node", "--bind-pods");

    public override string Kubeconfig => kubeconfig;

    protected override string[] Arguments => ["controller-manager", "--kubeconfig", kubeconfig];

    public override void Dispose()
    {
        base.Dispose();
        _node.Dispose();
    }
}
