using System.Reflection;
using Kthena.Parity;
using Orleans;
using Orleans.TestingHost;

namespace Kthena.Embedded.Tests;

/// <summary>Our public API is a part of Orleans': same names, same signatures.</summary>
public sealed class ParityTests
{
    private const string Ours = "Kthena.Embedded.";

    private static readonly string[] Gate = ["Orleans.Core.Abstractions", "Orleans.TestingHost"];

    [Fact]
    public void Api_MembersOfGateAssemblies_ExistThereWithTheSameSignature()
    {
        var real = Gate.SelectMany(assembly => PublicApi.Read(RealFile(assembly))).ToLookup(type => type.Key, type => type.Value);
        var missing = OurTypes()
            .Where(type => real.Contains(type.Key))
            .SelectMany(type => type.Value.Except(real[type.Key].SelectMany(lines => lines)));
        string.Join(Environment.NewLine, missing).ShouldBeEmpty();
    }

    [Fact]
    public void ApiList_TypesOfGateAssemblies_AreListedUnderThem()
    {
        var home = Gate.SelectMany(assembly => PublicApi.Read(RealFile(assembly)).SelectMany(type => type.Value)
            .Select(line => (line, assembly))).ToLookup(pair => pair.line, pair => pair.assembly);
        var wrong = ApiList.Read()
            .Where(entry => Gate.Contains(entry.Assembly) ? !home[entry.Signature].Contains(entry.Assembly) : home.Contains(entry.Signature))
            .Select(entry => $"[{entry.Assembly}] {entry.Signature}");
        string.Join(Environment.NewLine, wrong).ShouldBeEmpty();
    }

    [Fact]
    public void ApiList_IsExactlyThePublicApi_AndSaysWhoNeedsIt()
    {
        var listed = ApiList.Read();
        var actual = OurTypes().SelectMany(type => type.Value).ToArray();
        string.Join(Environment.NewLine, actual.Except(listed.Select(entry => entry.Signature))).ShouldBeEmpty("not listed in embedded/api.txt");
        string.Join(Environment.NewLine, listed.Select(entry => entry.Signature).Except(actual)).ShouldBeEmpty("listed, but not there");
        listed.Where(entry => entry.NeededBy.Length == 0).Select(entry => entry.Signature).ShouldBeEmpty("nobody needs them");
    }

    [Fact]
    public void Api_TypesOutsideOrleans_AreInNamespacesOfOurs()
    {
        string[] theirs = ["Orleans", "Microsoft.Extensions.Hosting"];
        OurTypes().Keys
            .Where(type => !type.StartsWith(Ours, StringComparison.Ordinal))
            .ShouldAllBe(type => theirs.Any(space => type.StartsWith(space + ".", StringComparison.Ordinal)));
    }

    private static IEnumerable<KeyValuePair<string, SortedSet<string>>> Read(Assembly assembly) => PublicApi.Read(assembly.Location);

    private static SortedDictionary<string, SortedSet<string>> OurTypes() => new(
        Read(typeof(Grain).Assembly).Concat(Read(typeof(InProcessTestCluster).Assembly)).ToDictionary(type => type.Key, type => type.Value),
        StringComparer.Ordinal);

    private static string RealFile(string assembly)
    {
        var facts = typeof(ParityTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .ToDictionary(fact => fact.Key, fact => fact.Value!);
        var folder = Path.Combine(facts["OrleansPackages"], $"microsoft.{assembly.ToLowerInvariant()}", facts["OrleansVersion"], "lib");
        return Directory.GetFiles(folder, assembly + ".dll", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
    }
}
