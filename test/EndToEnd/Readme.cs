using System.Text.RegularExpressions;

namespace EndToEnd;

/// <summary>Every command that README shows is run, in its order, against a platform started as README says.</summary>
public sealed partial class Readme : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kthena-e2e-");

    [KubectlFact]
    public async Task EveryCommand_OnAFreshPlatform_Succeeds()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Build.RepositoryRoot, "README.md"));
        string[] blocks = [.. ShellBlock().Matches(readme).Select(static match => match.Groups[1].Value)];
        // The first starts the platform, which the line below does with the built command; the last is this very run.
        blocks[0].Trim().ShouldBe("dotnet run --project cli -c Release -- up");
        blocks[^1].Trim().ShouldBe("dotnet test");

        await using Platform platform = await Platform.StartAsync(Path.Combine(_folder.FullName, ".kthena"));
        foreach (string block in blocks[1..^1])
        {
            string script = block
                .Replace("http://127.0.0.1:8080", platform.Gateway.ToString().TrimEnd('/'), StringComparison.Ordinal)
                .Replace("dotnet run --project cli -c Release --", $"dotnet '{Build.CommandPath}'", StringComparison.Ordinal);
            ToolProcess run = await ToolProcess.RunAsync(
                "bash", ["-euo", "pipefail", "-c", script], _folder.FullName, environment: ("no_proxy", "127.0.0.1"));
            run.Succeeded().ShouldNotBeEmpty(block);
        }
    }

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    public void Dispose() => _folder.Delete(recursive: true);
}
