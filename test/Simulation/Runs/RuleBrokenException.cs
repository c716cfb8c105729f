namespace Kthena.Simulation.Runs;

/// <summary>What must always hold did not.</summary>
public sealed class RuleBrokenException(string rule) : Exception(rule);
