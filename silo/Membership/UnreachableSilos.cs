using System.Net.Sockets;
using Kthena.Kubernetes.Core;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Silo.Membership;

/// <summary>
/// Declares silos dead that are gone before another one joins. Orleans lets a silo join only when every active one answers it, and
/// has living silos declare the others dead: where none lives any more, such as after the only silo's machine was lost, the next
/// one would wait for five minutes and give up.
/// </summary>
public sealed partial class UnreachableSilos
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly MembershipRecords _records;
    private readonly KubernetesMembershipTable _table;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Names the cluster.</summary>
    /// <param name="client">The way to the API server.</param>
    /// <param name="ns">The namespace of the records.</param>
    /// <param name="clusterId">Which cluster.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where deaths are told.</param>
    public UnreachableSilos(KubernetesClient client, string ns, string clusterId, TimeProvider time, ILoggerFactory loggers)
    {
        _records = new MembershipRecords(client, ns, clusterId);
        _table = new KubernetesMembershipTable(_records, loggers.CreateLogger<KubernetesMembershipTable>());
        (_time, _logger) = (time, loggers.CreateLogger<UnreachableSilos>());
    }

    /// <summary>
    /// Declares dead every active silo whose port is closed, at once, and every one that cannot be connected to and does not say
    /// that it is alive for a while. By this process's clock alone: those of others may be wrong.
    /// </summary>
    /// <param name="silence">How long a silo that lives may at most be silent.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task DeclareDeadAsync(TimeSpan silence, CancellationToken cancellation)
    {
        long start = _time.GetTimestamp();
        var alive = new Dictionary<SiloAddress, DateTime>();
        while (true)
        {
            bool isSilent = _time.GetElapsedTime(start) >= silence;
            int open = 0;
            foreach (MembershipEntry silo in (await _records.ReadAsync()).Silos.Select(static silo => silo.Row.Entry).Where(static entry => entry.Status == SiloStatus.Active))
            {
                bool? answers = await ConnectAsync(silo.SiloAddress, cancellation);
                bool hasSpoken = alive.TryGetValue(silo.SiloAddress, out DateTime before) && before != silo.IAmAliveTime;
                alive.TryAdd(silo.SiloAddress, silo.IAmAliveTime);
                if (answers == true || hasSpoken)
                    continue;
                if (answers == false || isSilent)
                    await DeclareDeadAsync(silo.SiloAddress);
                else
                    open++;
            }
            if (open == 0)
                return;
            LogWaiting(open, (silence - _time.GetElapsedTime(start)).TotalSeconds);
            await Task.Delay(LookInterval, _time, cancellation);
        }
    }

    /// <summary>Whether somebody listens: false when the machine says that nobody does, null when nothing says anything.</summary>
    private async Task<bool?> ConnectAsync(SiloAddress silo, CancellationToken cancellation)
    {
        using var bound = new CancellationTokenSource(ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellation);
        using var socket = new Socket(silo.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(silo.Endpoint, either.Token);
            return true;
        }
        catch (SocketException fault)
        {
            return fault.SocketErrorCode == SocketError.ConnectionRefused ? false : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task DeclareDeadAsync(SiloAddress address)
    {
        while (true)
        {
            MembershipTableData table = await _table.ReadAll();
            Tuple<MembershipEntry, string>? row = table.Members.FirstOrDefault(member => member.Item1.SiloAddress.Equals(address));
            if (row?.Item1.Status != SiloStatus.Active)
                return;
            row.Item1.Status = SiloStatus.Dead;
            if (await _table.UpdateRow(row.Item1, row.Item2, table.Version.Next()))
            {
                LogDead(address);
                return;
            }
        }
    }

    [LoggerMessage(EventId = 5120, Level = LogLevel.Warning, Message = "{Silos} silos are said to be active and do not answer; for {Seconds:0} s more they may say that they are alive")]
    private partial void LogWaiting(int silos, double seconds);

    [LoggerMessage(EventId = 5121, Level = LogLevel.Warning, Message = "Silo {Silo} is gone and was declared dead by nobody; it is now")]
    private partial void LogDead(SiloAddress silo);
}
