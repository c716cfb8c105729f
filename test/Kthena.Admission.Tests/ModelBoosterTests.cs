using System.Text.Json;
using System.Text.Json.Nodes;
using Kthena.Model.Resources;
using static Kthena.Admission.Tests.Objects;

namespace Kthena.Admission.Tests;

public class ModelBoosterTests
{
    private const string Whole =
        """{"backend":{"name":"b","type":"vLLM","modelURI":"hf://a/b","replicas":1,"workers":[{"type":"server","image":"v:1","config":{"port":8000}}]}}""";

    private const string Pair =
        """{"backend":{"name":"b","type":"vLLMDisaggregated","modelURI":"hf://a/b","replicas":1,"workers":[{"type":"prefill","image":"v:1","config":{}},{"type":"decode","image":"v:1"}]}}""";

    private static readonly ResourceKind Kind = ResourceKinds.ModelBooster;

    [Theory]
    [InlineData(Whole, "{}")]
    [InlineData(Whole, """{"backend":{"replicas":1000000}}""")]
    [InlineData(Whole, """{"backend":{"workers":[{}]}}""")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"config":{"port":"9000"}}}}}""")]
    [InlineData(Whole, """{"backend":{"cacheURI":"hostpath://tmp/cache"}}""")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc://claim","cacheURI":"pvc://claim"}}""")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc:///claim//models/./x","cacheURI":"pvc://claim/"}}""")]
    [InlineData(Pair, "{}")]
    [InlineData(Pair, """{"backend":{"workers":{"0":{"config":{"port":8000}}}}}""")]
    public void Booster_ThatIsLegal_IsAdmitted(string spec, string changes) => ShouldBeAdmitted(Kind, Make(spec, changes));

    [Theory]
    [InlineData(Whole, """{"backend":{"replicas":1000001}}""", "spec.backend.replicas", "replicas (1000001) cannot exceed 1000000")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"image":"v :1"}}}}""", "spec.backend.workers[0].image", "image cannot contain whitespace")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"image":"v\u00a0:1"}}}}""", "spec.backend.workers[0].image", "image cannot contain whitespace")]
    [InlineData(Whole, """{"backend":{"workers":[{},{}]}}""", "spec.backend.workers", "a vLLM backend must have exactly one worker")]
    [InlineData(Whole, """{"backend":{"type":"SGLang","workers":[{},{}]}}""", "spec.backend.workers", "a SGLang backend must have exactly one worker")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"type":"decode"}}}}""", "spec.backend.workers[0].type", "must be of type server")]
    [InlineData(Whole, """{"backend":{"type":"MindIEDisaggregated"}}""", "spec.backend.workers[0].type", "cannot have a worker of type server")]
    [InlineData(Pair, """{"backend":{"workers":[{"type":"prefill"},{"type":"decode"},{"type":"controller"}]}}""", "spec.backend.workers[2].type", "must be of type prefill or decode")]
    [InlineData(Pair, """{"backend":{"workers":[{"type":"prefill"}]}}""", "spec.backend.workers", "needs a worker of type decode")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"config":{"port":0}}}}}""", "spec.backend.workers[0].config.port", "must be an integer between 1 and 65535")]
    [InlineData(Whole, """{"backend":{"workers":{"0":{"config":{"port":"http"}}}}}""", "spec.backend.workers[0].config.port", "Invalid value: \"http\"")]
    [InlineData(Whole, """{"backend":{"workers":[{"config":{"port":null}}]}}""", "spec.backend.workers[0].config.port", "must be an integer between 1 and 65535")]
    [InlineData(Pair, """{"backend":{"workers":{"0":{"config":{"port":1}},"1":{"config":{"port":"2"}}}}}""", "spec.backend.workers[1].config.port", "workers use different engine ports: 1 and 2")]
    [InlineData(Pair, """{"backend":{"workers":{"0":{"config":{"port":9000}}}}}""", "spec.backend.workers[1].config.port", "workers use different engine ports: 9000 and 8000")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc://claim/x"}}""", "spec.backend.cacheURI", "a pvc:// modelURI requires a pvc:// cacheURI")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc://claim/../x","cacheURI":"pvc://claim"}}""", "spec.backend.modelURI", "must not contain '..'")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc://claim/x","cacheURI":"pvc://claim/x"}}""", "spec.backend.cacheURI", "must be the name of one claim")]
    [InlineData(Whole, """{"backend":{"modelURI":"pvc://claims/x","cacheURI":"pvc://claim"}}""", "spec.backend.modelURI", "PVC source path /claims/x is not reachable via cacheURI mount /claim")]
    public void Booster_ThatBreaksARule_HasThatErrorAlone(string spec, string changes, string field, string message) =>
        AdmissionRules.Check(Kind, Make(spec, changes)).ShouldBeOnly(field, message);

    private const string Producer = """{"kv_connector":"NixlConnector","kv_role":"kv_producer"}""";
    private const string Consumer = """{"kv_connector":"NixlConnector","kv_role":"kv_consumer"}""";

    [Theory]
    [InlineData(Producer, Consumer)]
    [InlineData("""{"kv_connector":"MooncakeConnector","kv_role":"kv_both"}""", """{"kv_connector":"MooncakeConnectorV1","kv_role":"kv_both"}""")]
    [InlineData("""{"kv_connector":"LMCacheConnectorV1","kv_role":"kv_producer"}""", """{"kv_connector":"LMCacheConnectorV1","kv_role":"kv_consumer"}""")]
    public void Transfer_ThatFits_IsAdmittedInEitherOrder(string prefill, string decode)
    {
        AdmissionRules.Check(Kind, WithTransfer(prefill, decode, isSwapped: false)).ShouldBeEmpty();
        AdmissionRules.Check(Kind, WithTransfer(prefill, decode, isSwapped: true)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Producer, null, "decode", "must both set kv-transfer-config or neither")]
    [InlineData(null, Consumer, "prefill", "must both set kv-transfer-config or neither")]
    [InlineData("{", Consumer, "prefill", "is not JSON")]
    [InlineData(Producer, """{"kv_connector":"Other","kv_role":"kv_consumer"}""", "decode", "kv_connector \"Other\" is unknown")]
    [InlineData(Producer, """{"kv_role":"kv_consumer"}""", "decode", "kv_connector \"\" is unknown")]
    [InlineData(Consumer, Consumer, "prefill", "kv_role \"kv_consumer\" does not fit a prefill worker")]
    [InlineData(Producer, Producer, "decode", "kv_role \"kv_producer\" does not fit a decode worker")]
    [InlineData(Producer, """{"kv_connector":"MooncakeConnector","kv_role":"kv_consumer"}""", "decode", "must use connectors of one type, not nixl and mooncake")]
    public void Transfer_ThatDoesNotFit_IsDeniedInEitherOrder(string? prefill, string? decode, string side, string message)
    {
        AdmissionRules.Check(Kind, WithTransfer(prefill, decode, isSwapped: false))
            .ShouldBeOnly($"spec.backend.workers[{(side == "prefill" ? 0 : 1)}].config.kv-transfer-config", message);
        AdmissionRules.Check(Kind, WithTransfer(prefill, decode, isSwapped: true))
            .ShouldBeOnly($"spec.backend.workers[{(side == "prefill" ? 1 : 0)}].config.kv-transfer-config", message);
    }

    [Fact]
    public void Transfer_AsAnObject_IsDenied() =>
        AdmissionRules.Check(Kind, Make(Pair, """{"backend":{"workers":[{"type":"prefill","config":{"kv-transfer-config":{}}},{"type":"decode","config":{"kv_transfer_config":"{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_both\"}"}}]}}"""))
            .ShouldBeOnly("spec.backend.workers[0].config.kv-transfer-config", "must be a string that holds JSON");

    [Fact]
    public void Transfer_OfTwoWorkersOfASide_IsDenied() =>
        AdmissionRules.Check(Kind, Make(Pair, """{"backend":{"workers":[{"type":"prefill"},{"type":"prefill"},{"type":"decode"}]}}"""))
            .ShouldBeOnly("spec.backend.workers", "there can be at most one worker of type prefill, not 2");

    private static JsonElement WithTransfer(string? prefill, string? decode, bool isSwapped)
    {
        JsonArray workers = [Worker("prefill", prefill), Worker("decode", decode)];
        if (isSwapped)
            workers = [Worker("decode", decode), Worker("prefill", prefill)];
        return Make(Pair, new JsonObject { ["backend"] = new JsonObject { ["workers"] = workers } }.ToJsonString());
    }

    private static JsonObject Worker(string type, string? transfer)
    {
        var config = new JsonObject();
        if (transfer is not null)
            config["kv-transfer-config"] = transfer;
        return new JsonObject { ["type"] = type, ["config"] = config };
    }
}
