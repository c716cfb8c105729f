using System.Diagnostics;

namespace Kthena.Embedded.Kubernetes.Tests.Host;

/// <summary>The kubectl programs of this machine.</summary>
internal static class Kubectl
{
    private static readonly string[] Wanted = ["kubectl.1.27", "kubectl.1.30", "kubectl.1.33"];

    /// <summary>The versions to test: those that lie beside the one on PATH, or that one alone; empty when there is none.</summary>
    public static IReadOnlyList<string> Programs()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static folder => Path.Combine(folder, "kubectl"))
            .FirstOrDefault(File.Exists);
        if (program is null)
            return [];
        string folder = Path.GetDirectoryName(File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)!;
        string[] versions = [.. Wanted.Select(name => Path.Combine(folder, name)).Where(File.Exists)];
        return versions.Length > 0 ? versions : [program];
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, string kubeconfig, string arguments, string? input = null)
    {
        using Process process = Start(program, kubeconfig, arguments);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    public static Process Start(string program, string kubeconfig, string arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["KUBECONFIG"] = kubeconfig, ["HOME"] = Path.GetDirectoryName(kubeconfig) },
    })!;
}

/// <summary>A theory over kubectl versions that says why when it cannot run.</summary>
public sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute()
    {
        if (Kubectl.Programs().Count == 0)
            Skip = "kubectl is not on PATH";
    }
}
