namespace Kthena.Router.Tests.OpenAi;

/// <summary>A test with OpenAI's own client library: skipped without it, but installed at full size.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenAiFactAttribute : FactAttribute
{
    public OpenAiFactAttribute()
    {
        if (!OnPath("node") || (!IsInstalled && !(IsFullSize && OnPath("npm"))))
            Skip = "OpenAI's client library for node is not there; KTHENA_TEST_SIZE=full installs it with npm.";
    }

    /// <summary>Where the library is installed.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetTempPath(), "kthena-openai-client");

    public static bool IsInstalled => Directory.Exists(Path.Combine(Folder, "node_modules", "openai"));

    private static bool IsFullSize => Environment.GetEnvironmentVariable("KTHENA_TEST_SIZE") == "full";

    private static bool OnPath(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, command)));
}
