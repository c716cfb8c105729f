using System.Collections.Immutable;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Scheduling.Configuration;

/// <summary>What upstream's scheduler file sets.</summary>
public sealed record SchedulerSettings
{
    /// <summary>The settings without a file.</summary>
    public static readonly SchedulerSettings Default = new();

    /// <summary>How endpoints are picked.</summary>
    public SchedulingProfile Profile { get; init; } = SchedulingProfile.Default;

    /// <summary>How prompts are cut; upstream's rule when the file sets one of its sizes.</summary>
    public PromptHashOptions PromptHash { get; init; } = PromptHashOptions.WholePrompt;

    /// <summary>Upstream's <c>maxHashCacheSize</c>: blocks an endpoint; null leaves it to the memory budget.</summary>
    public int? BlocksPerEndpointMax { get; init; }

    /// <summary>What the file says that has no effect, or another than its author may think; a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>What came of reading a scheduler file: settings, or all that is wrong with it.</summary>
/// <param name="Settings">The settings; null when there are errors.</param>
/// <param name="Errors">Every error, a sentence with its place each; empty when there are settings.</param>
public sealed record SchedulerReading(SchedulerSettings? Settings, ImmutableArray<string> Errors);
