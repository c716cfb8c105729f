using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Kthena.Simulation.Bank;

/// <summary>
/// Stores a transfer before it sends the money, and sends until it hears that the money has arrived; so it moves exactly once
/// whatever is lost or crashes in between.
/// </summary>
public sealed class AccountGrain([PersistentState("account")] IPersistentState<AccountState> state, BankRun run) : Grain, IAccount
{
    private const int RetryMillisecondsMax = 8000;

    private IGrainTimer? _sending;

    private AccountState Account => state.State;

    private string Me => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        run.Activated(Me, Account.Number);
        _sending = this.RegisterGrainTimer(_ => SendAsync(), new GrainTimerCreationOptions(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public async Task Transfer(string operation, string to, int amount)
    {
        if (!Account.Sent.Contains(operation))
        {
            Account.Sent.Add(operation);
            Account.Balance -= amount;
            Account.Outbox.Add(new Parcel(operation, to, amount));
            await StoreAsync();
        }

        _sending!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public async Task Deposit(string operation, int amount)
    {
        if (Account.Taken.Contains(operation) && run.Bug != Bug.DepositTwice)
        {
            return;
        }

        Account.Taken.Add(operation);
        Account.Balance += amount;
        if (run.Bug == Bug.AnswerBeforeWrite)
        {
            _ = StoreAsync();
            return;
        }

        await StoreAsync();
    }

    public async Task<AccountReport> Report()
    {
        // Of two activations the one that stays may be the one that has not heard of the other's last change.
        await state.ReadStateAsync();
        return new AccountReport(Account.Balance, Account.Outbox.Sum(parcel => parcel.Amount), Account.Number);
    }

    private async Task SendAsync()
    {
        foreach (var parcel in Account.Outbox.ToArray())
        {
            try
            {
                await GrainFactory.GetGrain<IAccount>(parcel.To).Deposit(parcel.Operation, parcel.Amount);
            }
            catch (TimeoutException) when (run.Bug == Bug.RefundOnTimeout)
            {
                Account.Balance += parcel.Amount;
            }
            catch (Exception exception) when (exception is TimeoutException or InconsistentStateException)
            {
                // It may have arrived or not: it is sent again. Not at once and not after a fixed time, because two accounts that
                // send to each other wait for each other.
                _sending!.Change(TimeSpan.FromMilliseconds(run.Chance.Next(RetryMillisecondsMax)), Timeout.InfiniteTimeSpan);
                return;
            }

            Account.Outbox.Remove(parcel);
            await StoreAsync();
        }
    }

    private async Task StoreAsync()
    {
        Account.Number++;
        try
        {
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException) when (run.Bug == Bug.IgnoreConflict)
        {
            // Planted: what was done here is lost, and nobody is told.
            return;
        }
        catch (InconsistentStateException)
        {
            // Another activation was first: begin anew from what it stored. Nothing of this turn may be believed.
            this.DeactivateOnIdle();
            throw;
        }

        run.Stored(Me, Account.Number);
        await GrainFactory.GetGrain<IAudit>(run.AuditOf(Me)).Changed(Me, Account.Number, Account.Balance);
    }
}
