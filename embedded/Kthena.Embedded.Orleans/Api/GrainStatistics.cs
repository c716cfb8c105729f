using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>Tells what is active. Its key is zero.</summary>
public interface IManagementGrain : IGrainWithIntegerKey
{
    /// <summary>How many grains of each class are active on each silo.</summary>
    Task<SimpleGrainStatistic[]> GetSimpleGrainStatistics();

    /// <summary>Every grain that is active.</summary>
    /// <param name="types">Class names as <see cref="DetailedGrainStatistic.GrainType"/> has them; null for all.</param>
    /// <param name="hostsIds">The silos to ask; null for all.</param>
    Task<DetailedGrainStatistic[]> GetDetailedGrainStatistics(string[]? types = null, SiloAddress[]? hostsIds = null);

    /// <summary>How many grains are active in all.</summary>
    Task<int> GetTotalActivationCount();
}

/// <summary>Names one silo, from one start to its end.</summary>
public sealed class SiloAddress
{
    private readonly string _name;

    internal SiloAddress(string name) => _name = name;

    /// <inheritdoc/>
    public override string ToString() => _name;
}

/// <summary>How many grains of a class are active on a silo.</summary>
[GenerateSerializer]
[Immutable]
public sealed class SimpleGrainStatistic
{
    /// <summary>The class: its full name, a comma, its assembly's name.</summary>
    [Id(0)]
    [AllowNull]
    public string GrainType { get; init; }

    /// <summary>The silo.</summary>
    [Id(1)]
    [AllowNull]
    public SiloAddress SiloAddress { get; init; }

    /// <summary>How many.</summary>
    [Id(2)]
    public int ActivationCount { get; init; }
}

/// <summary>A grain that is active.</summary>
[GenerateSerializer]
[Immutable]
public sealed class DetailedGrainStatistic
{
    /// <summary>The class: its full name, a comma, its assembly's name.</summary>
    [Id(0)]
    [AllowNull]
    public string GrainType { get; init; }

    /// <summary>The silo.</summary>
    [Id(1)]
    [AllowNull]
    public SiloAddress SiloAddress { get; init; }

    /// <summary>The grain.</summary>
    [Id(2)]
    public GrainId GrainId { get; init; }
}
