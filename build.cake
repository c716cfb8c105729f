// The repository's tasks in one file: dotnet tool restore && dotnet cake --target=Ci
var target = Argument("target", "Test");
var configuration = Argument("configuration", "Release");
var runtime = Argument("runtime", "Embedded");
const string Solution = "Kthena.sln";

DotNetMSBuildSettings Flavour() => new DotNetMSBuildSettings().WithProperty("GrainRuntime", runtime);

Task("Build")
    .Description("Builds everything, warnings as errors")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration, MSBuildSettings = Flavour() }));

Task("Test")
    .Description("Runs every suite at the size of dotnet test")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true, MSBuildSettings = Flavour() }));

Task("Format")
    .Description("Fails where the layout of a file differs from .editorconfig")
    .Does(() => DotNetFormat(Solution, new DotNetFormatSettings { VerifyNoChanges = true }));

Task("Ci")
    .Description("What a merge needs")
    .IsDependentOn("Test");

Task("Full")
    .Description("Every suite at full size, and the benchmarks")
    .IsDependentOn("Build")
    .Does(() =>
    {
        Environment.SetEnvironmentVariable("KTHENA_TEST_SIZE", "full");
        // One suite after the other, each with the machine for itself, and the figures that it found beside the verdict.
        DotNetTest(Solution, new DotNetTestSettings
        {
            Configuration = configuration,
            NoBuild = true,
            MSBuildSettings = Flavour().SetMaxCpuCount(1),
            Loggers = ["console;verbosity=detailed"],
            // The bound of eng/test.runsettings is for the usual size: some of these take an hour.
            ArgumentCustomization = static arguments => arguments.Append("-- RunConfiguration.TestSessionTimeout=0"),
        });
        DotNetRun("test/Benchmarks", new ProcessArgumentBuilder().Append("full"), new DotNetRunSettings
        {
            Configuration = configuration,
            EnvironmentVariables = new Dictionary<string, string> { ["GrainRuntime"] = runtime },
        });
    });

RunTarget(target);
