using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>The table of the design: every reference that a project has stands here, and nothing stands here in vain.</summary>
public sealed class WhoMayKnowWhom
{
    private const string Orleans = "Orleans";

    /// <summary>What each project may reference: projects of ours by name, packages, frameworks, and Orleans' API.</summary>
    private static readonly Dictionary<string, string[]> Table = new(StringComparer.Ordinal)
    {
        ["Kthena.Model"] = [Orleans],
        ["Kthena.Contracts"] = ["Kthena.Model", Orleans],
        ["Kthena.Plugins"] = ["Kthena.Model"],
        ["Kthena.Admission"] = ["Kthena.Plugins", "Kthena.Model"],
        ["Kthena.Planning"] = ["Kthena.Plugins", "Kthena.Model"],
        ["Kthena.Grains"] =
        [
            "Kthena.Planning", "Kthena.Routing", "Kthena.Plugins", "Kthena.Contracts", "Kthena.Model", Orleans,
            "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
        ],
        ["Kthena.Routing"] = ["Kthena.Model"],
        ["Kthena.Router"] =
        [
            "Kthena.Routing", "Kthena.Contracts", "Kthena.Model", Orleans, "Microsoft.AspNetCore.App", "Yarp", "YamlDotNet",
            "OpenTelemetry", "OpenTelemetry.Exporter.OpenTelemetryProtocol",
        ],
        ["Kthena.Kubernetes.Core"] = ["Kthena.Model", "Microsoft.Extensions.Logging.Abstractions"],
        ["Kthena.Kubernetes"] = ["Kthena.Kubernetes.Core", "Kthena.Model", "Microsoft.Extensions.Logging.Abstractions", "YamlDotNet"],
        ["Kthena.Silo"] =
        [
            "Kthena.Grains", "Kthena.Planning", "Kthena.Routing", "Kthena.Plugins", "Kthena.Admission", "Kthena.Contracts", "Kthena.Kubernetes",
            "Kthena.Kubernetes.Core", "Kthena.Model", Orleans, "Microsoft.AspNetCore.App",
        ],
        ["Kthena.Embedded.Storage"] = ["Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3"],
        ["Kthena.Embedded.Orleans"] =
        [
            "Kthena.Embedded.Storage", "Kthena.Embedded.Orleans.CodeGenerator", "Microsoft.Extensions.Hosting.Abstractions",
            "Microsoft.Extensions.Options",
        ],
        ["Kthena.Embedded.Orleans.TestingHost"] = ["Kthena.Embedded.Orleans", "Microsoft.AspNetCore.App"],
        ["Kthena.Embedded.Orleans.CodeGenerator"] = ["Microsoft.CodeAnalysis.CSharp"],
        ["Kthena.Embedded.Kubernetes.Core"] = ["Kthena.Model", "Kthena.Plugins", "Kthena.Admission", "Microsoft.Extensions.Logging.Abstractions"],
        ["Kthena.Embedded.Kubernetes"] =
            ["Kthena.Embedded.Kubernetes.Core", "Kthena.Embedded.Storage", "Kthena.Plugins", "Kthena.Model", "YamlDotNet", "Microsoft.AspNetCore.App"],
        ["Kthena.Embedded.Engines"] = ["Kthena.Kubernetes.Core", "Kthena.Kubernetes", "Kthena.Model", "Microsoft.AspNetCore.App"],
    };

    /// <summary>The command composes the platform: it alone may know every host.</summary>
    private const string Cli = "Kthena.Cli";

    public static TheoryData<string> ProductionProjects() =>
        new(Repository.Projects().Where(static path => !path.StartsWith("test/", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(ProductionProjects))]
    public void Project_References_OnlyWhatTheTableAllows(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        if (name == Cli)
            return;
        Table.ShouldContainKey(name, $"{path} has no row in the table: add one, and to the design.");

        References(path).Except(Table[name]).ShouldBeEmpty($"{path} may not know these.");
    }

    [Fact]
    public void Table_NamesOnlyProjectsThatExist()
    {
        IEnumerable<string> existing = Repository.Projects().Select(static path => Path.GetFileNameWithoutExtension(path));
        Table.Keys.Except(existing).ShouldBeEmpty();
    }

    [Fact]
    public void Solution_ListsEveryProject()
    {
        string solution = Repository.Read("Kthena.sln").Replace('\\', '/');
        Repository.Projects().Where(path => !solution.Contains(path, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static IEnumerable<string> References(string path)
    {
        XDocument project = XDocument.Parse(Repository.Read(path));
        foreach (XElement element in project.Descendants())
        {
            string? include = element.Attribute("Include")?.Value.Replace('\\', '/');
            switch (element.Name.LocalName)
            {
                case "ProjectReference":
                    yield return Path.GetFileNameWithoutExtension(include!);
                    break;
                case "PackageReference" or "FrameworkReference":
                    yield return include!;
                    break;
                case "GrainApi":
                    yield return Orleans;
                    break;
                case "UsesYarp":
                    yield return "Yarp";
                    break;
            }
        }
    }
}
