using Kthena.Embedded.Engines.Hosting;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.Extensions.Logging;

namespace Kthena.Embedded.Engines;

/// <summary>
/// The kubelet of simulated nodes: registers them, runs the pods that are bound to them, and gives pods of vLLM and SGLang a
/// simulated engine at the pod's own address. A deleted pod refuses connections at once.
/// </summary>
public sealed class NodeAgent : IAsyncDisposable
{
    /// <summary>The header of every engine's answer that names the pod, as <c>namespace/name</c>.</summary>
    public const string ServedByHeader = "x-served-by";

    private const string NodeIndex = "node";

    private readonly NodeAgentOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Informer<Pod> _pods;
    private readonly WorkQueue<NamespacedName> _queue;
    private readonly EventRecorder _events;
    private readonly EngineHost _host;
    private readonly ContainerLogs _logs;
    private readonly PodRunner _runner;
    private readonly PodBinder _binder;
    private readonly NodeRegistration _registration;
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Creates an agent that does nothing until it is started.</summary>
    /// <param name="client">Reaches the API server; stays the caller's.</param>
    /// <param name="options">Which nodes, and how their pods behave.</param>
    /// <param name="time">Drives delays, costs and stamps.</param>
    /// <param name="chance">Spreads back-off and pod addresses; used by this agent alone.</param>
    /// <param name="loggers">Where the agent and its engines write.</param>
    public NodeAgent(KubernetesClient client, NodeAgentOptions options, TimeProvider time, Random chance, ILoggerFactory loggers)
    {
        if (options.Nodes.IsDefaultOrEmpty)
            throw new ArgumentException("A node agent needs at least one node.", nameof(options));
        _options = options;
        _time = time;
        _logger = loggers.CreateLogger<NodeAgent>();
        InformerOptions<Pod> watched = new InformerOptions<Pod>
        {
            Query = options is { BindsPods: false, Nodes: [string only] } ? new ListQuery { FieldSelector = $"spec.nodeName={only}" } : ListQuery.All,
        }.WithIndex(NodeIndex, static pod => pod.NodeName);
        _pods = new Informer<Pod>(client, watched, time, new Random(chance.Next()), _logger);
        _queue = new WorkQueue<NamespacedName>(time, new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30)));
        _events = new EventRecorder(client, new EventRecorderOptions { Component = "kubelet", Host = options.Nodes[0] }, time, new Random(chance.Next()), _logger);
        _host = new EngineHost(loggers);
        _logs = new ContainerLogs(time);
        _runner = new PodRunner(client, _pods, _queue, _events, _host, _logs, options, time, chance, _logger);
        _binder = new PodBinder(client, options);
        _registration = new NodeRegistration(client, time);
    }

    /// <summary>Registers the nodes, reads the pods and starts to run them; pods that run according to the API are adopted.</summary>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="KubernetesException">The API server did not take the nodes.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _host.StartAsync(cancellationToken);
        foreach (string node in _options.Nodes)
        {
            await _registration.RegisterAsync(node, cancellationToken);
            _logger.Registered(node);
        }
        _pods.Subscribe(OnChange);
        var background = new List<Task>
        {
            Task.Run(() => _pods.RunAsync(_stop.Token), CancellationToken.None),
            Task.Run(() => _events.RunAsync(_stop.Token), CancellationToken.None),
        };
        if (_options.HeartbeatInterval is { } interval)
            background.Add(Task.Run(() => HeartbeatAsync(interval), CancellationToken.None));
        _running = Task.WhenAll(background);
        await _pods.WaitForSyncAsync(cancellationToken);
        _runner.KeepAddressesOf(_pods.Snapshot.Items.Where(IsOwn));
        background.Add(Task.Run(() => _queue.ProcessAsync(_options.Workers, ReconcileAsync, _logger, _stop.Token), CancellationToken.None));
        _running = Task.WhenAll(background);
    }

    /// <summary>What a container wrote since this agent has it: engines their start, their requests and their end; other containers nothing.</summary>
    /// <param name="podUid">The pod.</param>
    /// <param name="container">The container's name.</param>
    /// <returns>Null for a pod that is not on one of the own nodes.</returns>
    public ContainerLog? FindLog(string podUid, string container) =>
        _logs.Find(podUid, container)
        ?? (_options.Nodes.SelectMany(node => _pods.Snapshot.Select(NodeIndex, node)).Any(pod => pod.Metadata.Uid == podUid) ? ContainerLog.Empty : null);

    /// <summary>Stops the engines and leaves the API as it is, for the next start to resume.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken);
        await _runner.StopAllAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
        _queue.Dispose();
        _stop.Dispose();
    }

    private bool IsOwn(Pod pod) => pod.NodeName is not null && _options.Nodes.Contains(pod.NodeName);

    private void OnChange(ResourceChange<Pod> change)
    {
        Pod pod = change.Latest;
        if (!IsOwn(pod) && !(_options.BindsPods && PodBinder.Wants(pod)))
            return;
        // Not left to the queue: who deletes a pod may connect to it in the next moment.
        if (change.New is null || pod.Metadata.DeletionTimestamp is not null)
            _ = _runner.StopAsync(pod.Metadata.Key, pod.Metadata.Uid).AsTask();
        if (change.New is null)
            _runner.Forget(pod.Metadata.Uid);
        _queue.Add(pod.Metadata.Key);
    }

    private async Task ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        ResourceSnapshot<Pod> snapshot = _pods.Snapshot;
        if (snapshot.Find(key) is not { } pod)
            await _runner.StopAsync(key, uid: null);
        else if (IsOwn(pod))
            await _runner.ReconcileAsync(pod, cancellationToken);
        else if (_options.BindsPods && PodBinder.Wants(pod))
            await _binder.BindAsync(pod, node => snapshot.CountOf(NodeIndex, node), cancellationToken);
    }

    private async Task HeartbeatAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _time);
        do
        {
            foreach (string node in _options.Nodes)
            {
                try
                {
                    await _registration.RenewLeaseAsync(node, interval, _stop.Token);
                }
                catch (KubernetesException error)
                {
                    _logger.LeaseNotRenewed(node, error.Message);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
        while (await TickAsync(timer));
    }

    private async ValueTask<bool> TickAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
