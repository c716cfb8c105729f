using System.Collections.Immutable;
using Kthena.Embedded.Kubernetes.Core.Logs;
using Kthena.Plugins;

namespace Kthena.Embedded.Kubernetes;

/// <summary>Where an <see cref="EmbeddedApiServer"/> listens and keeps its objects.</summary>
/// <param name="DataFolder">The folder for objects, certificate authority and token; made when it is missing.</param>
public sealed record EmbeddedApiServerOptions(string DataFolder)
{
    /// <summary>The port on the loopback address; 0, the default, takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Where the kubeconfig is written; null, the default, writes none.</summary>
    public string? KubeconfigPath { get; init; }

    /// <summary>Definitions to serve besides the shipped ones, each as UTF-8 JSON.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Definitions { get; init; } = [];

    /// <summary>The plugins that ModelServings may name: the same as the control plane's.</summary>
    public PluginRegistry Plugins { get; init; } = PluginRegistry.BuiltIn;

    /// <summary>Who runs pods and can tell their logs; null, the default, when nobody in this process does.</summary>
    public IPodLogs? PodLogs { get; init; }

    /// <summary>The clock; the system's by default.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
