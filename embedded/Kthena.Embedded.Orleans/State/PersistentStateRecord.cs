using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Kthena.Embedded.Runtime;

/// <summary>A grain's stored record.</summary>
internal abstract class PersistentStateRecord
{
    public abstract Task ReadStateAsync();

    /// <summary>Binds a constructor parameter of a grain that is being created to its record.</summary>
    public static object Create<TState>(Activation activation, PersistentStateAttribute attribute)
    {
        var name = string.IsNullOrWhiteSpace(attribute.StorageName) ? StateStorageNames.Default : attribute.StorageName;
        var storage = activation.ActivationServices.GetKeyedService<IStateStorage>(name)
            ?? throw new BadProviderConfigException(
                $"No storage provider named '{name}' is known, which record '{attribute.StateName}' of grain {activation.Class.Type} "
                + "asks for. Add it where the silo is set up, or correct the name in [PersistentState].");
        var record = new PersistentStateRecord<TState>(storage, new StateId(activation.Class.Name, activation.Key, attribute.StateName));
        activation.AddRecord(record);
        return record;
    }
}

/// <summary>A grain's stored record of a known type, as JSON.</summary>
internal sealed class PersistentStateRecord<TState>(IStateStorage storage, StateId id) : PersistentStateRecord, IPersistentState<TState>
{
    public TState State { get; set; } = Fresh();

    public string? Etag { get; private set; }

    public bool RecordExists => Etag is not null;

    public override Task ReadStateAsync()
    {
        var stored = storage.Read(id);
        State = stored is null ? Fresh() : JsonSerializer.Deserialize<TState>(stored.Json.Span) ?? Fresh();
        Etag = stored?.Etag;
        return Task.CompletedTask;
    }

    public async Task WriteStateAsync() => Etag = await storage.WriteAsync(id, JsonSerializer.SerializeToUtf8Bytes(State), Etag);

    public async Task ClearStateAsync()
    {
        await storage.ClearAsync(id, Etag);
        Etag = null;
        State = Fresh();
    }

    private static TState Fresh() => typeof(TState).IsValueType || typeof(TState).GetConstructor(Type.EmptyTypes) is not null
        ? Activator.CreateInstance<TState>()
        : (TState)RuntimeHelpers.GetUninitializedObject(typeof(TState));
}
