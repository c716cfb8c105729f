using System.Collections.Immutable;
using System.Text;
using Kthena.Model;
using Kthena.Model.Resources;
using Kthena.Model.Routing;
using Kthena.Router.Tables;

namespace Kthena.Router.Tests.Tables;

public sealed class SnapshotFileTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Every field has another value than its default, so that one that is not kept is seen.
    private static readonly RoutingSnapshot Full = new()
    {
        Version = 77,
        Routes =
        [
            new RoutedModel
            {
                Key = new NamespacedName("a", "route"),
                ResourceVersion = "5",
                CreationTimestamp = At,
                Spec = new ModelRouteSpec
                {
                    ModelName = "m",
                    LoraAdapters = ["x", "y"],
                    HasParentRefs = true,
                    RateLimit = new RateLimit { InputTokensPerUnit = 5_000_000_000, OutputTokensPerUnit = 2, Unit = TimeSpan.FromDays(30), IsGlobal = true },
                    Rules =
                    [
                        new RouteRule
                        {
                            Name = "rule",
                            Match = new ModelMatch
                            {
                                Headers = [new HeaderMatch("h", new StringMatch { Regex = "^a+$" })],
                                Uri = new StringMatch { Prefix = "/v1" },
                                BodyModel = "m",
                            },
                            Targets = [new TargetModel { ModelServerName = "server", Weight = 0 }, new TargetModel { ExternalModelProviderName = "p", Weight = 7 }],
                        },
                    ],
                },
            },
        ],
        Servers =
        [
            new RoutedServer
            {
                Key = new NamespacedName("a", "server"),
                ResourceVersion = "6",
                Spec = new ModelServerSpec
                {
                    Model = "org/m",
                    InferenceEngine = "SGLang",
                    WorkloadSelector = LabelSet.Of(("app", "x"), ("b", "ü\"")),
                    WorkloadPort = 8000,
                    Timeout = TimeSpan.FromMilliseconds(1500),
                    PrefillDecode = new PrefillDecodeGroup("g", LabelSet.Of(("p", "1")), LabelSet.Of(("d", "1"))),
                    KvConnector = "nixl",
                },
                Endpoints = [new EngineEndpoint { Pod = new NamespacedName("a", "p"), Uid = "u", Address = "::1", Port = 81, IsDraining = true, NodeName = "n", Phase = EndpointPhase.Decode, Group = "g-0" }],
            },
        ],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("kthena-router-").FullName;

    private string TablePath => Path.Combine(_folder, "made", "table");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Table_IsReadBackWhole()
    {
        var file = new SnapshotFile(TablePath);
        file.Read().ShouldBeNull();

        file.Write(Full, At);

        (RoutingSnapshot table, DateTimeOffset confirmedAt) = file.Read().ShouldNotBeNull();
        confirmedAt.ShouldBe(At);
        table.HasSameContent(Full).ShouldBeTrue();
        Encoding.UTF8.GetString(SnapshotFile.Encode(table)).ShouldBe(Encoding.UTF8.GetString(SnapshotFile.Encode(Full)));
        table.Routes[0].Spec.Rules[0].Targets[0].Weight.ShouldBe(Full.Routes[0].Spec.Rules[0].Targets[0].Weight);
        table.Servers[0].Spec.ShouldBe(Full.Servers[0].Spec);
    }

    [Fact]
    public void Sample_LeavesNoFieldAtItsDefault()
    {
        ShouldBeFull(Full);

        static void ShouldBeFull(object value)
        {
            foreach (System.Reflection.PropertyInfo property in value.GetType().GetProperties().Where(static p => p.CanWrite && p.GetIndexParameters().Length == 0))
            {
                object? field = property.GetValue(value);
                if (value is StringMatch or TargetModel || field is string or LabelSet || property.PropertyType.IsValueType && field is not System.Collections.IEnumerable)
                {
                    if (value is not (StringMatch or TargetModel))
                        field.ShouldNotBe(property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null, $"{value.GetType().Name}.{property.Name}");
                    continue;
                }
                if (field is System.Collections.IEnumerable items)
                {
                    object[] all = [.. items.Cast<object>()];
                    all.ShouldNotBeEmpty($"{value.GetType().Name}.{property.Name}");
                    foreach (object item in all.Where(static item => item is not string))
                        ShouldBeFull(item);
                    continue;
                }
                ShouldBeFull(field.ShouldNotBeNull($"{value.GetType().Name}.{property.Name}"));
            }
        }
    }

    [Fact]
    public void File_IsForItsUserAlone_AndReplacedWhole()
    {
        var file = new SnapshotFile(TablePath);
        file.Write(Full, At);
        File.WriteAllText(TablePath + ".new", "what a router left that was killed while it wrote");
        file.Write(Full with { Version = 78 }, At.AddHours(1));

        file.Read()!.Value.Table.Version.ShouldBe(78);
        file.Read()!.Value.ConfirmedAt.ShouldBe(At.AddHours(1));
        Directory.GetFiles(Path.GetDirectoryName(TablePath)!).ShouldHaveSingleItem();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(TablePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        file.Confirm(At.AddHours(2));
        file.Read()!.Value.ConfirmedAt.ShouldBe(At.AddHours(2));
    }

    [Fact]
    public void DamagedFile_IsRefused_WhereverTheDamageIs()
    {
        byte[] good = SnapshotFile.Encode(Full);
        var random = new Random(3);
        for (int round = 0; round < 500; round++)
        {
            byte[] bad = [.. good];
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            Should.Throw<InvalidDataException>(() => SnapshotFile.Decode(bad));
            Should.Throw<InvalidDataException>(() => SnapshotFile.Decode(good[..random.Next(good.Length)]));
        }
    }

    [Fact]
    public void OverlongFile_IsNotRead()
    {
        var file = new SnapshotFile(TablePath);
        Directory.CreateDirectory(Path.GetDirectoryName(TablePath)!);
        using (FileStream stream = File.Create(TablePath))
            stream.SetLength(SnapshotFile.BytesMax + 1);

        Should.Throw<InvalidDataException>(() => file.Read());
    }
}
