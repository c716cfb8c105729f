using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Kthena.Silo.Admission;

/// <summary>Adds the admission webhooks to a host.</summary>
public static class AdmissionHostingExtensions
{
    /// <summary>
    /// Adds the webhooks to a host that has a <see cref="Kubernetes.Core.KubernetesClient"/> among its services, as every silo
    /// has. An API server that knows the rules itself, as the embedded one does, needs none.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names all that are.</exception>
    public static IServiceCollection AddKthenaAdmissionWebhooks(this IServiceCollection services, AdmissionWebhookOptions options)
    {
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddHostedService<AdmissionWebhookService>();
        return services;
    }
}
