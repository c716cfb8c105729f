using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Kthena.Embedded.Engines.Hosting;
using Kthena.Kubernetes.Core;
using Kthena.Model;
using Kthena.Model.Resources;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Kthena.Embedded.Engines;

/// <summary>Brings one own pod from what the API says to what should be: starts, adopts, reports, stops.</summary>
internal sealed class PodRunner(
    KubernetesClient client,
    Informer<Pod> pods,
    WorkQueue<NamespacedName> queue,
    EventRecorder events,
    EngineHost host,
    ContainerLogs logs,
    NodeAgentOptions options,
    TimeProvider time,
    Random chance,
    ILogger logger)
{
    private const int AddressesTried = 16;

    private readonly PodTable _table = new();
    private readonly PodAddresses _addresses = new(chance);

    /// <summary>By UID, since when a pod's containers end.</summary>
    private readonly ConcurrentDictionary<string, long> _ending = new(StringComparer.Ordinal);

    /// <summary>Marks the addresses that pods have from an earlier run, so that no other pod gets one.</summary>
    public void KeepAddressesOf(IEnumerable<Pod> known)
    {
        foreach (Pod pod in known)
        {
            if (IPAddress.TryParse(pod.PodIP, out IPAddress? address))
                _addresses.Take(address);
        }
    }

    /// <summary>Stops a pod's engines before it returns its task.</summary>
    /// <param name="key">The pod's name.</param>
    /// <param name="uid">The pod's UID; null takes any.</param>
    public async ValueTask StopAsync(NamespacedName key, string? uid)
    {
        if (_table.Remove(key, uid) is not { } pod)
            return;
        await pod.StopAsync();
        logs.End(pod.Uid);
        _addresses.Release(pod.Address);
        logger.Stopped(key);
    }

    /// <summary>Drops what is kept of a pod that the API no longer has.</summary>
    public void Forget(string uid)
    {
        _ending.TryRemove(uid, out _);
        logs.Forget(uid);
    }

    /// <summary>Stops all engines; the API keeps the pods as they are, for the next run to adopt.</summary>
    public async Task StopAllAsync()
    {
        foreach (RunningPod pod in _table.RemoveAll())
        {
            await pod.StopAsync();
            logs.End(pod.Uid);
        }
    }

    /// <summary>Works one own pod off.</summary>
    public async Task ReconcileAsync(Pod pod, CancellationToken cancellationToken)
    {
        NamespacedName key = pod.Metadata.Key;
        if (pod.Metadata.DeletionTimestamp is not null)
        {
            await StopAsync(key, uid: null);
            await EndAsync(pod, cancellationToken);
            return;
        }
        if (pod.Phase is "Succeeded" or "Failed")
        {
            await StopAsync(key, uid: null);
            return;
        }
        if (_table.Find(key) is { } other && other.Uid != pod.Metadata.Uid)
            await StopAsync(key, other.Uid);
        if (pod.Containers.FirstOrDefault(static container => ImagePull.Problem(container.Image) is not null) is { } failing)
            await ReportPullAsync(pod, failing, cancellationToken);
        else
            await RunAsync(pod, cancellationToken);
    }

    private async Task EndAsync(Pod pod, CancellationToken cancellationToken)
    {
        long since = _ending.GetOrAdd(pod.Metadata.Uid, static (_, clock) => clock.GetTimestamp(), time);
        TimeSpan left = options.TerminationDelay - time.GetElapsedTime(since);
        if (left > TimeSpan.Zero)
        {
            queue.AddAfter(pod.Metadata.Key, left);
            return;
        }
        await DeleteAsync(pod, cancellationToken);
    }

    private async Task RunAsync(Pod pod, CancellationToken cancellationToken)
    {
        NamespacedName key = pod.Metadata.Key;
        if (_table.Find(key) is not { } running)
        {
            bool isAdopted = pod.Phase == "Running" && pod.PodIP is not null;
            running = Admit(pod, isAdopted);
            if (!isAdopted)
            {
                Pod written = await PatchAsync(pod, PodStatusPatch.Creating(pod, time.GetUtcNow()), cancellationToken);
                running.WrittenVersion = ResourceVersions.Parse(written.Metadata.ResourceVersion);
                queue.AddAfter(key, options.StartupDelay);
                return;
            }
        }
        if (!running.IsStarted)
        {
            TimeSpan wait = time.GetElapsedTime(time.GetTimestamp(), running.StartAt);
            if (wait > TimeSpan.Zero)
            {
                queue.AddAfter(key, wait);
                return;
            }
            await StartAsync(pod, running, cancellationToken);
        }
        // An own write that the cache has not seen yet must not be written again.
        bool isCurrent = ResourceVersions.Parse(pod.Metadata.ResourceVersion) >= running.WrittenVersion;
        if (isCurrent ? pod.Phase == "Running" && pod.IsReady && pod.PodIP == running.Address.ToString() : running.IsReported)
            return;
        Pod ready = await PatchAsync(pod, PodStatusPatch.Running(pod, running.Address, time.GetUtcNow()), cancellationToken);
        running.IsReported = true;
        running.WrittenVersion = ResourceVersions.Parse(ready.Metadata.ResourceVersion);
    }

    private RunningPod Admit(Pod pod, bool isAdopted)
    {
        IPAddress address = isAdopted ? IPAddress.Parse(pod.PodIP!)
            : options.HasAddressPerPod ? _addresses.Next()
            : IPAddress.Loopback;
        long delay = isAdopted ? 0 : (long)(options.StartupDelay.TotalSeconds * time.TimestampFrequency);
        var running = new RunningPod(pod.Metadata.Uid, address, time.GetTimestamp() + delay);
        _table.Add(pod.Metadata.Key, running);
        logs.Begin(pod);
        return running;
    }

    private async Task StartAsync(Pod pod, RunningPod running, CancellationToken cancellationToken)
    {
        NamespacedName key = pod.Metadata.Key;
        (string Container, EngineProfile Profile)[] engines =
        [
            .. pod.Containers.Select(static container => (container.Name, Profile: EngineDetector.Detect(container)))
                .Where(static engine => engine.Profile is not null)!,
        ];
        bool wasRunning = pod.Phase == "Running" && pod.PodIP is not null;
        for (int tried = 1; !await TryOpenAsync(pod, running, engines, cancellationToken); tried++)
        {
            if (wasRunning || !options.HasAddressPerPod || tried >= AddressesTried)
            {
                string message = $"Cannot listen on {running.Address} port {string.Join(" or ", engines.Select(static engine => engine.Profile.Port))}: "
                    + "something else listens there or on that port of every address (0.0.0.0); stop it or declare another containerPort.";
                events.Record(EventSubject.Of(pod), EventRecorder.Warning, "Failed", message);
                throw new IOException(message);
            }
            // Another process may simulate pods on this machine too.
            _addresses.Release(running.Address);
            running.Address = _addresses.Next();
        }
        running.IsStarted = true;
        // The deletion may have come while the sockets opened; from here on its callback finds them.
        if (pods.Snapshot.Find(key) is not { } now || now.Metadata.Uid != running.Uid || now.Metadata.DeletionTimestamp is not null)
            await StopAsync(key, running.Uid);
        if (!options.HasAddressPerPod && running.Port is int port)
            await AnnotatePortAsync(pod, port, cancellationToken);
        if (wasRunning)
        {
            logger.Adopted(key, running.Address);
            return;
        }
        logger.Started(key, running.Address, engines.Length);
        events.Record(EventSubject.Of(pod), EventRecorder.Normal, "Started", $"Started container {string.Join(", ", pod.Containers.Select(static container => container.Name))}");
    }

    private async Task<bool> TryOpenAsync(Pod pod, RunningPod running, (string Container, EngineProfile Profile)[] engines, CancellationToken cancellationToken)
    {
        try
        {
            foreach ((string container, EngineProfile profile) in engines)
            {
                var engine = new SimulatedEngine(profile, options.Costs, pod.Metadata.Key.ToString(), time, logs.Find(pod.Metadata.Uid, container));
                int port = options.HasAddressPerPod ? profile.Port : pod.EnginePort ?? 0;
                EngineSocket socket = await host.OpenAsync(new IPEndPoint(running.Address, port), engine.HandleAsync, cancellationToken);
                if (!running.Hold(socket))
                    await socket.DisposeAsync();
                engine.TellStart(socket.Address, isResumed: pod is { Phase: "Running", PodIP: not null });
            }
            return true;
        }
        catch (AddressInUseException)
        {
            await running.CloseAsync();
            return false;
        }
    }

    private Task<Pod> AnnotatePortAsync(Pod pod, int port, CancellationToken cancellationToken)
    {
        var annotations = new JsonObject { [Pod.EnginePortAnnotation] = port.ToString(CultureInfo.InvariantCulture) };
        var patch = KubernetesPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } });
        return client.PatchAsync<Pod>(pod.Metadata.Key, patch, cancellationToken, new Preconditions(pod.Metadata.Uid));
    }

    private async Task ReportPullAsync(Pod pod, Container failing, CancellationToken cancellationToken)
    {
        await StopAsync(pod.Metadata.Key, uid: null);
        string? reported = pod.ContainerStatuses.FirstOrDefault(status => status.Name == failing.Name)?.WaitingReason;
        switch (reported)
        {
            case "ImagePullBackOff":
                return;
            case "ErrImagePull":
                TimeSpan since = time.GetUtcNow() - (pod.StartTime ?? time.GetUtcNow());
                if (since < options.PullBackoffAfter)
                {
                    queue.AddAfter(pod.Metadata.Key, options.PullBackoffAfter - since);
                    return;
                }
                events.Record(EventSubject.Of(pod), EventRecorder.Warning, "BackOff", $"Back-off pulling image \"{failing.Image}\"");
                await PatchAsync(pod, PodStatusPatch.PullFailed(pod, "ImagePullBackOff", time.GetUtcNow()), cancellationToken);
                return;
            default:
                events.Record(EventSubject.Of(pod), EventRecorder.Warning, "Failed", $"Failed to pull image \"{failing.Image}\": {ImagePull.Problem(failing.Image)}");
                await PatchAsync(pod, PodStatusPatch.PullFailed(pod, "ErrImagePull", time.GetUtcNow()), cancellationToken);
                return;
        }
    }

    private async Task<Pod> PatchAsync(Pod pod, KubernetesPatch patch, CancellationToken cancellationToken)
    {
        try
        {
            return await client.PatchStatusAsync<Pod>(pod.Metadata.Key, patch, cancellationToken, new Preconditions(pod.Metadata.Uid));
        }
        catch (KubernetesApiException error) when (error.IsNotFound || error.IsConflict)
        {
            // Gone, or a successor: its own event comes.
            return pod;
        }
    }

    private async Task DeleteAsync(Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            var now = new DeletionOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions(pod.Metadata.Uid) };
            await client.DeleteAsync<Pod>(pod.Metadata.Key, now, cancellationToken);
        }
        catch (KubernetesApiException error) when (error.IsNotFound || error.IsConflict)
        {
            return;
        }
    }
}
