namespace Orleans;

/// <summary>Makes references to grains and to observers.</summary>
public interface IGrainFactory
{
    /// <summary>Returns a reference to the grain with a key; the grain is activated by its first call.</summary>
    /// <param name="primaryKey">The key; neither empty nor white space.</param>
    /// <param name="grainClassNamePrefix">Chooses among several implementations by the start of the class's full name.</param>
    /// <exception cref="ArgumentException">The key is blank, or no single implementation is known.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>Returns a reference to the grain with a number as its key.</summary>
    /// <param name="primaryKey">The key.</param>
    /// <param name="grainClassNamePrefix">Chooses among several implementations by the start of the class's full name.</param>
    /// <exception cref="ArgumentException">No single implementation is known.</exception>
    TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey;

    /// <summary>Registers an object to be called by grains. It is held weakly: the caller keeps it alive.</summary>
    TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;

    /// <summary>Ends the registration that <see cref="CreateObjectReference"/> made; later calls are dropped.</summary>
    /// <param name="obj">The reference that was returned.</param>
    void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver;
}

/// <summary>Calls grains from outside a grain.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The services of the process that the client lives in.</summary>
    IServiceProvider ServiceProvider { get; }
}
