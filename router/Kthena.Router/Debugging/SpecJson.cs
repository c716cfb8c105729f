using System.Globalization;
using System.Text.Json;
using Kthena.Model;
using Kthena.Model.Resources;

namespace Kthena.Router.Debugging;

/// <summary>Writes the parts of specs that routers know, in the fields' own names.</summary>
internal static class SpecJson
{
    public static void Write(Utf8JsonWriter json, ModelRouteSpec spec)
    {
        json.WriteStartObject();
        WriteText(json, "modelName", spec.ModelName);
        if (spec.LoraAdapters.Length > 0)
        {
            json.WriteStartArray("loraAdapters"u8);
            foreach (string adapter in spec.LoraAdapters)
                json.WriteStringValue(adapter);
            json.WriteEndArray();
        }
        json.WriteStartArray("rules"u8);
        foreach (RouteRule rule in spec.Rules)
            Write(json, rule);
        json.WriteEndArray();
        if (spec.RateLimit is { } limit)
            Write(json, limit);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RateLimit limit)
    {
        json.WriteStartObject("rateLimit"u8);
        if (limit.InputTokensPerUnit is { } input)
            json.WriteNumber("inputTokensPerUnit"u8, input);
        if (limit.OutputTokensPerUnit is { } output)
            json.WriteNumber("outputTokensPerUnit"u8, output);
        json.WriteString("unit"u8, limit.Unit.TotalSeconds switch { 1 => "second"u8, 60 => "minute"u8, 3600 => "hour"u8, 86400 => "day"u8, _ => "month"u8 });
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ModelServerSpec spec)
    {
        json.WriteStartObject();
        WriteText(json, "model", spec.Model);
        json.WriteString("inferenceEngine"u8, spec.InferenceEngine);
        json.WriteStartObject("workloadSelector"u8);
        Write(json, "matchLabels", spec.WorkloadSelector);
        if (spec.PrefillDecode is { } split)
        {
            json.WriteStartObject("pdGroup"u8);
            json.WriteString("groupKey"u8, split.GroupKey);
            Write(json, "prefillLabels", split.PrefillLabels);
            Write(json, "decodeLabels", split.DecodeLabels);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartObject("workloadPort"u8);
        json.WriteNumber("port"u8, spec.WorkloadPort);
        json.WriteEndObject();
        if (spec.KvConnector is { } connector)
        {
            json.WriteStartObject("kvConnector"u8);
            json.WriteString("type"u8, connector);
            json.WriteEndObject();
        }
        if (spec.Timeout is { } timeout)
        {
            json.WriteStartObject("trafficPolicy"u8);
            json.WriteString("timeout"u8, string.Create(CultureInfo.InvariantCulture, $"{timeout.TotalSeconds}s"));
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RouteRule rule)
    {
        json.WriteStartObject();
        WriteText(json, "name", rule.Name);
        if (rule.Match is { } match)
        {
            json.WriteStartObject("modelMatch"u8);
            if (match.Headers.Length > 0)
            {
                json.WriteStartObject("headers"u8);
                foreach (HeaderMatch header in match.Headers)
                    Write(json, header.Name, header.Value);
                json.WriteEndObject();
            }
            if (match.Uri is { } uri)
                Write(json, "uri", uri);
            if (match.BodyModel is { } model)
            {
                json.WriteStartObject("body"u8);
                json.WriteString("model"u8, model);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        json.WriteStartArray("targetModels"u8);
        foreach (TargetModel target in rule.Targets)
        {
            json.WriteStartObject();
            WriteText(json, "modelServerName", target.ModelServerName);
            WriteText(json, "externalModelProviderName", target.ExternalModelProviderName);
            json.WriteNumber("weight"u8, target.Weight);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, LabelSet labels)
    {
        json.WriteStartObject(name);
        foreach ((string label, string value) in labels.Pairs)
            json.WriteString(label, value);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, StringMatch match)
    {
        json.WriteStartObject(name);
        WriteText(json, "exact", match.Exact);
        WriteText(json, "prefix", match.Prefix);
        WriteText(json, "regex", match.Regex);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            json.WriteString(name, value);
    }
}
