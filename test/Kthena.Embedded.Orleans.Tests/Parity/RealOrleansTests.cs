#if ORLEANS
namespace Kthena.Parity;

/// <summary>In the Orleans flavour every listed member is looked for in the assemblies that this test runs with.</summary>
public sealed class RealOrleansTests
{
    [Fact]
    public void ListedMembers_OfEveryOrleansAssembly_ExistThere()
    {
        var missing = ApiList.Read()
            .Where(entry => entry.Assembly.StartsWith("Orleans.", StringComparison.Ordinal))
            .GroupBy(entry => entry.Assembly)
            .SelectMany(section =>
            {
                var real = PublicApi.Read(Path.Combine(AppContext.BaseDirectory, section.Key + ".dll")).Values.SelectMany(line => line);
                return section.Select(entry => entry.Signature).Except(real).Select(line => $"[{section.Key}] {line}");
            });
        string.Join(Environment.NewLine, missing).ShouldBeEmpty();
    }
}
#endif
