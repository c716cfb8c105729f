using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Utilities;

/// <summary>The observers of a grain, known by their references.</summary>
public class ObserverManager<TObserver> : ObserverManager<IAddressable, TObserver>
{
    /// <summary>Starts without observers. See the constructor of the class that this derives from.</summary>
    public ObserverManager(TimeSpan expiration, ILogger log)
        : base(expiration, log)
    {
    }
}

/// <summary>
/// The observers of a grain. One that has not renewed its subscription in time, or whose notification fails, is dropped when the
/// next notification is sent.
/// </summary>
/// <typeparam name="TIdentity">What tells observers apart.</typeparam>
/// <typeparam name="TObserver">What is notified.</typeparam>
public class ObserverManager<TIdentity, TObserver>
    where TIdentity : notnull
{
    private readonly Dictionary<TIdentity, (TObserver Observer, DateTime LastSeen)> _observers = [];

    /// <summary>Starts without observers.</summary>
    /// <param name="expiration">How long a subscription lasts unless it is renewed.</param>
    /// <param name="log">Where the host logs; nothing is logged here.</param>
    public ObserverManager(TimeSpan expiration, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ExpirationDuration = expiration;
    }

    /// <summary>The clock, UTC. Give the grain's own; the default is the machine's.</summary>
    public Func<DateTime> GetDateTime { get; set; } = static () => TimeProvider.System.GetUtcNow().UtcDateTime;

    /// <summary>How long a subscription lasts unless it is renewed.</summary>
    public TimeSpan ExpirationDuration { get; set; }

    /// <summary>How many observers there are, those included whose time is over and who have not been dropped yet.</summary>
    public int Count => _observers.Count;

    /// <summary>Adds an observer, or renews its subscription.</summary>
    public void Subscribe(TIdentity id, TObserver observer) => _observers[id] = (observer, GetDateTime());

    /// <summary>Drops an observer.</summary>
    public void Unsubscribe(TIdentity id) => _observers.Remove(id);

    /// <summary>Notifies the observers one after the other and waits for each.</summary>
    /// <param name="notification">Calls one observer.</param>
    /// <param name="predicate">Chooses among them; null for all.</param>
    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        ClearExpired();
        foreach (var (id, (observer, _)) in _observers.ToArray())
        {
            try
            {
                if (predicate is null || predicate(observer))
                {
                    await notification(observer);
                }
            }
            catch (Exception)
            {
                _observers.Remove(id);
            }
        }
    }

    /// <summary>Notifies the observers without waiting for an answer.</summary>
    /// <param name="notification">Calls one observer.</param>
    /// <param name="predicate">Chooses among them; null for all.</param>
    public void Notify(Action<TObserver> notification, Func<TObserver, bool>? predicate = null)
    {
        ClearExpired();
        foreach (var (id, (observer, _)) in _observers.ToArray())
        {
            try
            {
                if (predicate is null || predicate(observer))
                {
                    notification(observer);
                }
            }
            catch (Exception)
            {
                _observers.Remove(id);
            }
        }
    }

    /// <summary>Drops the observers whose time is over.</summary>
    public void ClearExpired()
    {
        var now = GetDateTime();
        foreach (var (id, (_, lastSeen)) in _observers.ToArray())
        {
            if (lastSeen + ExpirationDuration < now)
            {
                _observers.Remove(id);
            }
        }
    }
}
