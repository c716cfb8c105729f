using Kthena.Embedded.Simulation;
using Kthena.Simulation.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;
using Orleans.Storage;

namespace Kthena.Simulation.Bank;

/// <summary>
/// Eighteen accounts and two audits on three silos, sixty transfers under faults. Money is never made or lost, an acknowledged
/// change is never forgotten, and news never goes backwards.
/// </summary>
public sealed class BankRun
{
    public const int FirstBalance = 100;
    private const int Accounts = 18;
    private const int Audits = 2;
    private const int Tellers = 6;
    private const int TransfersOfOne = 10;
    private static readonly TimeSpan FaultyTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private readonly Dictionary<string, int> _stored = [];
    private readonly SimulatedCluster _cluster;
    private readonly IGrainFactory _grains;

    private BankRun(int seed, Bug bug)
    {
        Bug = bug;
        _cluster = new SimulatedCluster(seed, new SimulationOptions
        {
            Faults = SimulationFaults.Draw(new Random(seed)) with { ActiveFor = FaultyTime },
            BuildServices = services => services.BuildServiceProvider(),
            ConfigureSilo = (silo, _) => silo.Services.AddSingleton(this).AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance),
        });
        _grains = _cluster.Client;
    }

    public Bug Bug { get; }

    public Random Chance => _cluster.Driver.Chance;

    /// <summary>Runs one seed.</summary>
    public static RunReport Run(int seed, Bug bug)
    {
        var run = new BankRun(seed, bug);
        return RunReport.Of(run._cluster, () => run._cluster.Run(run.PlayAsync, Longest));
    }

    public string AuditOf(string account) => $"audit-{int.Parse(account[8..], System.Globalization.CultureInfo.InvariantCulture) % Audits}";

    public void Violated(string rule) => _cluster.Driver.Fail(new RuleBrokenException(rule));

    /// <summary>A change was acknowledged by the store.</summary>
    public void Stored(string account, int number) => _stored[account] = Math.Max(number, _stored.GetValueOrDefault(account));

    /// <summary>A new activation has read its record.</summary>
    public void Activated(string account, int number)
    {
        if (number < _stored.GetValueOrDefault(account))
        {
            Violated($"{account} came back with change {number}, although change {_stored[account]} was stored");
        }
    }

    private async Task PlayAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, Tellers).Select(PlayTellerAsync));
        await _cluster.UntilCalmAsync();
        foreach (var account in All)
        {
            await SettleAsync(account);
        }

        // Only now is nothing on its way to an account that was looked at before.
        var sum = 0;
        foreach (var account in All)
        {
            sum += (await PersistAsync(_grains.GetGrain<IAccount>(account).Report)).Balance;
        }

        if (sum != Accounts * FirstBalance)
        {
            throw new RuleBrokenException($"the accounts hold {sum}, not {Accounts * FirstBalance}");
        }
    }

    private async Task PlayTellerAsync(int teller)
    {
        var chance = _cluster.Driver.Chance;
        for (var transfer = 0; transfer < TransfersOfOne; transfer++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(8000)), _cluster.Driver.Time);
            var from = _grains.GetGrain<IAccount>($"account-{chance.Next(Accounts)}");
            var to = $"account-{chance.Next(Accounts)}";
            var amount = chance.Next(1, 20);
            if (from.GetPrimaryKeyString() != to)
            {
                await PersistAsync(async () =>
                {
                    await from.Transfer($"{teller}.{transfer}", to, amount);
                    return 0;
                });
            }
        }
    }

    private static IEnumerable<string> All => Enumerable.Range(0, Accounts).Select(account => $"account-{account}");

    /// <summary>Asks until an account has nothing on its way.</summary>
    private async Task SettleAsync(string account)
    {
        while ((await PersistAsync(_grains.GetGrain<IAccount>(account).Report)).Pending > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _cluster.Driver.Time);
        }
    }

    private static async Task<TResult> PersistAsync<TResult>(Func<Task<TResult>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (exception is TimeoutException or InconsistentStateException)
            {
                // Whether it was carried out is not known: it is asked again, as the same operation.
            }
        }
    }
}
