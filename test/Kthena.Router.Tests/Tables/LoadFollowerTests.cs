using System.Collections.Immutable;
using System.Threading.Channels;
using Kthena.Contracts.Routing;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Router.Tables;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kthena.Router.Tests.Tables;

public sealed class LoadFollowerTests
{
    [Fact]
    public async Task LoadThatComesBeforeItsPod_IsThereWhenThePodComes()
    {
        var loads = new ScriptedLoads();
        LiveTable table = Table(1, "pod-0");
        var follower = new LoadFollower(() => loads, () => table, "router", TimeProvider.System, NullLogger<LoadFollower>.Instance);
        using var stopping = new CancellationTokenSource();
        Task following = follower.RunAsync(stopping.Token);
        await loads.AnswerAsync(new EndpointLoads { Version = 1, IsWhole = true, Loads = [Load("pod-0"), Load("pod-1")] });

        // The next question says that the answer was taken.
        await loads.AskedAsync();
        table.Servers.Single().Endpoints.Single().Load.ShouldNotBeNull();
        table = Table(2, "pod-0", "pod-1");
        await loads.AnswerAsync(null);
        await loads.AskedAsync();

        table.Servers.Single().Endpoints.ShouldAllBe(static endpoint => endpoint.Load != null);
        await stopping.CancelAsync();
        await following;
    }

    private static EndpointLoad Load(string uid) => new() { EndpointUid = uid, Models = ["tiny"] };

    private static LiveTable Table(long version, params string[] pods) => LiveTable.Empty.Next(
        new RoutingSnapshot
        {
            Version = version,
            Servers =
            [
                new RoutedServer
                {
                    Key = new NamespacedName("default", "server"),
                    Spec = new ModelServerSpec(),
                    Endpoints = [.. pods.Select(static pod => new EngineEndpoint { Pod = new NamespacedName("default", pod), Uid = pod, Address = "10.0.0.1", Port = 1 })],
                },
            ],
        },
        sharesNames: false,
        static () => new PromptMemory(1 << 16),
        static _ => new PrefixCacheLink(static () => throw new NotSupportedException(), 1 << 16, TimeProvider.System));

    /// <summary>Answers when the test says so.</summary>
    private sealed class ScriptedLoads : IEndpointLoadsGrain
    {
        private readonly Channel<EndpointLoads?> _answers = Channel.CreateUnbounded<EndpointLoads?>();
        private readonly Channel<int> _asked = Channel.CreateUnbounded<int>();
        private int _heard;

        public async Task<EndpointLoads?> WaitForLoadsAsync(long knownVersion, CancellationToken cancellation = default)
        {
            if (_heard++ > 0)
                await _asked.Writer.WriteAsync(_heard, cancellation);
            return await _answers.Reader.ReadAsync(cancellation);
        }

        public async Task AnswerAsync(EndpointLoads? answer) => await _answers.Writer.WriteAsync(answer);

        /// <summary>Waits for the next question after the first.</summary>
        public async Task AskedAsync() => await _asked.Reader.ReadAsync().AsTask().WaitAsync(Gateway.Patience);

        public Task ReportAsync(EndpointLoad load) => throw new NotSupportedException();

        public Task RetainAsync(ImmutableArray<string> liveEndpointUids) => throw new NotSupportedException();
    }
}
