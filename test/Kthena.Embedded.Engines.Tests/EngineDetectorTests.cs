using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Embedded.Engines.Tests;

public sealed class EngineDetectorTests
{
    [Theory]
    [InlineData("nginx", "", null)]
    [InlineData("ghcr.io/volcano-sh/runtime:latest", "--port 8100 --engine-base-url http://localhost:8000", null)]
    [InlineData("vllm/vllm-openai:v0.13.0", "", "Vllm 8000 simulated-model")]
    [InlineData("ghcr.io/x/dynamo-mocker-vllm:latest", "--model=deepseek", "Vllm 8000 deepseek")]
    [InlineData("python:3", "vllm serve Qwen/Qwen3-0.6B --port 9000", "Vllm 9000 Qwen/Qwen3-0.6B")]
    [InlineData("python:3", "python3 -m vllm.entrypoints.openai.api_server --model /m/q --served-model-name q q2 --host 0.0.0.0", "Vllm 8000 q,q2")]
    [InlineData("lmsysorg/sglang:latest", "python3 -m sglang.launch_server --model-path /m/q", "Sglang 30000 /m/q")]
    [InlineData("ghcr.io/llm-d/llm-d-inference-sim:latest", "--model base --lora-modules a=/l/a b=/l/b", "Vllm 8000 base a b")]
    public void Detect_TellsEnginePortAndNames(string image, string arguments, string? expected)
    {
        EngineProfile? profile = EngineDetector.Detect(
            new Container("c", image) { Args = [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)] });

        string? found = profile is null ? null
            : $"{profile.Kind} {profile.Port} {string.Join(',', profile.ServedModelNames)} {string.Join(' ', profile.Adapters.Select(adapter => adapter.Name))}".TrimEnd();
        found.ShouldBe(expected);
    }

    [Fact]
    public void Detect_InsideAShellScript_FindsTheOptions()
    {
        var container = new Container("c", "vllm/vllm-openai:latest")
        {
            Command = ["sh", "-c"],
            Args = ["set -e; python3 -m vllm.entrypoints.openai.api_server \\\n  --host \"0.0.0.0\" \\\n  --port \"8001\" --model ${MODEL} \\\n --served-model-name 'my model' --max-num-seqs 4"],
            Env = LabelSet.Of(("MODEL", "/models/q")),
        };

        EngineProfile profile = EngineDetector.Detect(container)!;

        profile.Port.ShouldBe(8001);
        profile.ModelPath.ShouldBe("/models/q");
        profile.ServedModelNames.ShouldBe(["my model"]);
        profile.RunningRequestsMax.ShouldBe(4);
    }

    [Fact]
    public void Detect_WithoutArguments_TakesDeclaredPortAndEnvironment()
    {
        var container = new Container("c", "my/vllm-mock") { Ports = [8081], Env = LabelSet.Of(("MODEL_NAME", "from-env")) };

        EngineProfile profile = EngineDetector.Detect(container)!;

        (profile.Port, profile.ServedModelNames[0]).ShouldBe((8081, "from-env"));
    }

    [Theory]
    [InlineData("nginx:1.27", false)]
    [InlineData("nginx:nonexistent", true)]
    [InlineData("ghcr.io/a/vllm:nonexistent-tag", true)]
    [InlineData("registry.invalid/a/b:1", true)]
    [InlineData("registry.invalid:5000/a/b", true)]
    [InlineData("localhost:5000/nonexistent", false)]
    public void ImagePull_Fails_ForUnreachableImages(string image, bool fails) => (ImagePull.Problem(image) is not null).ShouldBe(fails);

    [Fact]
    public void Addresses_AreReusedAsLateAsCanBe()
    {
        var addresses = new PodAddresses(new FromTheStart());
        var first = addresses.Next();
        first.ToString().ShouldBe("127.64.0.1");
        addresses.Release(first);
        addresses.Next().ToString().ShouldBe("127.64.0.2");
        addresses.Take(System.Net.IPAddress.Parse("127.64.0.254"));
        addresses.Next().ToString().ShouldBe("127.64.1.1");
        PodAddresses.Covers(System.Net.IPAddress.Parse("127.0.0.1")).ShouldBeFalse();
    }

    private sealed class FromTheStart : Random
    {
        public override int Next(int maxValue) => 0;
    }

    [Fact]
    public void PrefixCache_WhenFull_DropsWhatWasLongestUnused()
    {
        var cache = new PrefixCache(capacity: 2);
        byte[] a = new byte[64], b = [.. Enumerable.Repeat((byte)1, 64)], c = [.. Enumerable.Repeat((byte)2, 64)];
        cache.Read("m", a).ShouldBe(0);
        cache.Read("m", b).ShouldBe(0);
        cache.Read("m", a).ShouldBe(16);

        cache.Read("m", c);

        cache.Count.ShouldBe(2);
        cache.Read("m", a).ShouldBe(16);
        cache.Read("m", b).ShouldBe(0);
        cache.Read("other", b).ShouldBe(0);
    }

    [Fact]
    public void AnswerText_IsPinned()
    {
        var answer = new AnswerText("m", "prompt"u8);
        string.Concat(Enumerable.Range(0, 6).Select(answer.Token)).ShouldBe("For with of and said one");
    }
}
