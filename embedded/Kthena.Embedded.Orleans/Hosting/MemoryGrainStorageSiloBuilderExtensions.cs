using Kthena.Embedded.Hosting;
using Kthena.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Configuration
{
    /// <summary>How records in memory are kept. Nothing is to be set.</summary>
    public class MemoryGrainStorageOptions;
}

namespace Orleans.Hosting
{
    /// <summary>Adds storage in memory.</summary>
    public static class MemoryGrainStorageSiloBuilderExtensions
    {
        /// <summary>Keeps the records of this provider name in memory.</summary>
        public static ISiloBuilder AddMemoryGrainStorage(
            this ISiloBuilder builder, string name, Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null)
        {
            configureOptions?.Invoke(builder.Services.AddOptions<MemoryGrainStorageOptions>(name));
            return builder.AddStateStorage(name, _ => new MemoryStateStorage());
        }

        /// <summary>Keeps the records that name no provider in memory.</summary>
        public static ISiloBuilder AddMemoryGrainStorageAsDefault(
            this ISiloBuilder builder, Action<OptionsBuilder<MemoryGrainStorageOptions>>? configureOptions = null) =>
            builder.AddMemoryGrainStorage(StateStorageNames.Default, configureOptions);
    }
}
