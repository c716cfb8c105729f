namespace EndToEnd;

/// <summary>A test that drives kubectl; it skips with a reason where kubectl is not on the path.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        bool found = (path ?? "").Split(Path.PathSeparator).Any(static folder =>
            File.Exists(Path.Combine(folder, "kubectl")) || File.Exists(Path.Combine(folder, "kubectl.exe")));
        if (!found)
            Skip = "kubectl is not on the PATH.";
    }
}
