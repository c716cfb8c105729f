using System.Globalization;
using Kthena.Embedded.CodeGeneration;
using Orleans;

namespace Kthena.Embedded.Runtime;

/// <summary>Makes references; also the client of the process that the silo lives in.</summary>
internal sealed class GrainFactory(SiloRuntime silo) : IClusterClient
{
    private long _observers;

    public IServiceProvider ServiceProvider => silo.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        return Refer<TGrainInterface>(primaryKey, grainClassNamePrefix);
    }

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        Refer<TGrainInterface>(primaryKey.ToString("X", CultureInfo.InvariantCulture), grainClassNamePrefix);

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is IGrainBase || obj is not TGrainObserverInterface)
        {
            throw new ArgumentException(
                $"{obj.GetType()} cannot be an observer here: it must implement {typeof(TGrainObserverInterface)} and not be a grain.",
                nameof(obj));
        }

        var key = Interlocked.Increment(ref _observers).ToString(CultureInfo.InvariantCulture);
        var binding = silo.Catalog.Bind(typeof(TGrainObserverInterface));
        return (TGrainObserverInterface)binding.CreateProxy(new RegisteredObserver(silo, key, obj));
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainProxy { Target: RegisteredObserver observer })
        {
            throw new ArgumentException(
                $"{obj?.GetType()} is not a reference to an observer. Give what {nameof(CreateObjectReference)} returned.", nameof(obj));
        }

        observer.Delete();
    }

    private TGrainInterface Refer<TGrainInterface>(string key, string? prefix)
    {
        var binding = silo.Catalog.Bind(typeof(TGrainInterface));
        return (TGrainInterface)binding.CreateProxy(new GrainByKey(silo, binding.Choose(prefix), key));
    }
}
