using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Plugins.Tests.Sample;

namespace Kthena.Plugins.Tests;

/// <summary>The example of <c>docs/plugins.md</c>.</summary>
public sealed class SampleTests
{
    private static readonly PluginRegistry Registry = PluginRegistry.BuiltIn.With(KernelCache.Name, static config => new KernelCache(config));

    [Fact]
    public void Sample_InItsScope_GivesTheVolumeToEveryContainer()
    {
        PluginChain chain = Registry.Build(new RawJson("""
            [ { "name": "kernel-cache", "type": "BuiltIn", "config": { "path": "/k", "sizeLimit": "20Gi" }, "scope": { "target": "Entry" } } ]
            """u8.ToArray()));
        JsonObject pod = Pods.Manifest();
        chain.OnPodCreate(Pods.Entry, pod);
        pod["spec"]!.ToJsonString().ShouldBe(JsonNode.Parse("""
            { "containers": [ { "name": "a", "volumeMounts": [ { "name": "kernel-cache", "mountPath": "/k" } ] },
                              { "name": "b", "volumeMounts": [ { "name": "kernel-cache", "mountPath": "/k" } ] } ],
              "initContainers": [ { "name": "i" } ],
              "volumes": [ { "name": "kernel-cache", "emptyDir": { "sizeLimit": "20Gi" } } ] }
            """)!.ToJsonString());
        chain.OnPodReady(Pods.Entry).Annotations["example.com/kernel-cache"].ShouldBe("warm");

        JsonObject worker = Pods.Manifest();
        chain.OnPodCreate(Pods.Worker, worker);
        worker["spec"]!.AsObject().ContainsKey("volumes").ShouldBeFalse();
        chain.OnPodReady(Pods.Worker).ShouldBe(PodMarks.None);
    }

    [Fact]
    public void Sample_WithWrongSettings_NamesTheField() =>
        Registry.Check(JsonElement.Parse("""[ { "name": "kernel-cache", "type": "BuiltIn", "config": { "path": "here", "sizeLimit": 5 } } ]"""))
            .Select(static error => error.ToString()).ShouldBe(
            [
                "spec.plugins[0].config.sizeLimit: must be a string",
                "spec.plugins[0].config.path: must be an absolute path",
            ]);

    [Fact]
    public void Sample_StandsInTheDocumentationAsItIsCompiled()
    {
        string code = Read("test", "Kthena.Plugins.Tests", "Sample", "KernelCache.cs");
        string documentation = Read("docs", "plugins.md");
        documentation.ShouldContain(code[code.IndexOf("/// <summary>", StringComparison.Ordinal)..]);
    }

    // Sought from the assembly upwards: the compiler's word on where a source stood (CallerFilePath) names no
    // folder in a build whose paths are made the same on every machine, as CI's is.
    private static string Read(params string[] path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Kthena.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return File.ReadAllText(Path.Combine([folder.ShouldNotBeNull(), .. path])).ReplaceLineEndings("\n");
    }
}
