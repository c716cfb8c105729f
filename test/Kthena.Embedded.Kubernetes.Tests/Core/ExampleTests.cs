using System.Text;
using System.Text.Json.Nodes;
using Kthena.Admission;
using Kthena.Embedded.Kubernetes.Core.Requests;
using Kthena.Embedded.Kubernetes.Definitions;
using static Kthena.Embedded.Kubernetes.Tests.Core.MemoryServer;

namespace Kthena.Embedded.Kubernetes.Tests.Core;

public class ExampleTests
{
    private static readonly Lazy<Task<MemoryServer>> Shared = new(static () => StartAsync());

    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Examples"), "*.yaml").Select(static file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Example_AppliedStrictly_IsAdmitted(string file)
    {
        MemoryServer server = await Shared.Value;
        foreach (byte[] document in YamlToJson.Convert(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Examples", file))))
        {
            JsonNode json = JsonNode.Parse(document)!;
            string ns = json["metadata"]!["namespace"]?.GetValue<string>() ?? "default";
            if (ns != "default")
                await server.SendAsync("POST", "/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""");
            string path = $"/apis/{json["apiVersion"]}/namespaces/{ns}/{PluralOf(json["kind"]!.GetValue<string>())}";

            ApiResponse response = await server.SendAsync("POST", $"{path}?fieldValidation=Strict&dryRun=All", Encoding.UTF8.GetString(document));

            response.Status.ShouldBe(201, $"{file}: {response}");
        }
    }

    private static string PluralOf(string kind) => AdmissionRules.Kinds.Single(known => known.Kind == kind).Plural;
}
