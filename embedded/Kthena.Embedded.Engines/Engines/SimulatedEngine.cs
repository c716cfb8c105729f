using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Kthena.Embedded.Engines;

/// <summary>
/// An engine that answers as vLLM or SGLang would, without a model: the text follows from model and prompt, the time from a cost
/// model with a prefix cache and a limit of running requests. Every answer names the pod in <c>x-served-by</c>.
/// </summary>
#pragma warning disable CA1001 // A semaphore holds nothing to free until its wait handle is asked for, and requests may outlive their pod
internal sealed class SimulatedEngine
#pragma warning restore CA1001
{
    /// <summary>The header that names the pod that answered, as <c>namespace/name</c>.</summary>
    public const string ServedBy = NodeAgent.ServedByHeader;

    private const string EngineVersion = "0.13.0";

    private readonly EngineProfile _profile;
    private readonly EngineCosts _costs;
    private readonly TimeProvider _time;
    private readonly string _servedBy;
    private readonly ContainerLog _log;
    private readonly ModelList _models;
    private readonly PrefixCache _cache;
    private readonly EngineInstruments _instruments = new();
    private readonly SemaphoreSlim _slots;
    private readonly int _modelLength;
    private int _running;
    private int _waiting;
    private long _tokensHeld;
    private long _requests;

    public SimulatedEngine(EngineProfile profile, EngineCosts costs, string servedBy, TimeProvider time, ContainerLog? log = null)
    {
        _profile = profile;
        _costs = costs;
        _time = time;
        _servedBy = servedBy;
        _log = log ?? new ContainerLog();
        _modelLength = profile.ModelLength ?? costs.ModelLength;
        _models = new ModelList(profile, _modelLength, time.GetUtcNow());
        _cache = new PrefixCache(costs.KvBlocks);
        _slots = new SemaphoreSlim(profile.RunningRequestsMax ?? costs.RunningRequestsMax);
    }

    /// <summary>Tells the log that the engine serves from now on.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="isResumed">Whether the pod ran before this process.</param>
    public void TellStart(IPEndPoint address, bool isResumed)
    {
        string engine = _profile.Kind == EngineKind.Vllm ? "vLLM" : "SGLang";
        string path = _profile.ModelPath.Length > 0 && _profile.ModelPath != _models.Model ? $" from {_profile.ModelPath}" : "";
        Log(isResumed ? $"Resumed: the node agent was restarted, and what was logged before is lost" : $"Simulated {engine} {EngineVersion} starts");
        Log($"Model {_models.Model}{path} loaded: {_modelLength} tokens at most, {_profile.RunningRequestsMax ?? _costs.RunningRequestsMax} requests at once");
        foreach (LoraAdapter adapter in _profile.Adapters)
            Log($"Adapter {adapter.Name} loaded");
        Log($"Listening on {address}");
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers[ServedBy] = _servedBy;
        try
        {
            await RouteAsync(context);
            if (context.Response.StatusCode >= 400)
                Log($"{context.Request.Method} {context.Request.Path} refused with {context.Response.StatusCode}");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
    }

    private Task RouteAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("POST", "/v1/chat/completions") => CompleteAsync(context, isChat: true),
        ("POST", "/v1/completions") => CompleteAsync(context, isChat: false),
        ("GET", "/v1/models") => JsonAnswer.WriteAsync(context, 200, _models.ToJson()),
        ("GET", "/metrics") => WriteMetricsAsync(context),
        ("GET", "/health" or "/ping" or "/health_generate") => Task.CompletedTask,
        ("GET", "/version") => JsonAnswer.WriteAsync(context, 200, new JsonObject { ["version"] = EngineVersion }),
        ("POST", "/v1/load_lora_adapter") => ChangeAdapterAsync(context, isLoad: true),
        ("POST", "/v1/unload_lora_adapter") => ChangeAdapterAsync(context, isLoad: false),
        (_, "/v1/chat/completions" or "/v1/completions" or "/v1/models") => EngineError.WriteAsync(context, 405, "Method Not Allowed"),
        _ => EngineError.WriteAsync(context, 404, "Not Found"),
    };

    private Task WriteMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        double usage = Math.Min(1, (double)Interlocked.Read(ref _tokensHeld) / PrefixCache.BlockTokens / _costs.KvBlocks);
        return context.Response.WriteAsync(
            _instruments.Write(_profile.Kind, _models.Model, Volatile.Read(ref _running), Volatile.Read(ref _waiting), usage),
            context.RequestAborted);
    }

    private async Task ChangeAdapterAsync(HttpContext context, bool isLoad)
    {
        using JsonDocument? body = await ReadAsync(context);
        if (body is null)
            return;
        string name = Text(body.RootElement, "lora_name");
        if (name.Length == 0)
            await EngineError.WriteAsync(context, 400, "lora_name is required.", "lora_name");
        else if (isLoad && !_models.Load(new LoraAdapter(name, Text(body.RootElement, "lora_path"))))
            await EngineError.WriteAsync(context, 400, $"The lora adapter '{name}' has already been loaded.", "lora_name");
        else if (!isLoad && !_models.Unload(name))
            await EngineError.WriteAsync(context, 404, $"The lora adapter '{name}' cannot be found.", "lora_name");
        else
        {
            Log($"Adapter {name} {(isLoad ? "loaded" : "unloaded")}");
            await context.Response.WriteAsync($"Success: LoRA adapter '{name}' {(isLoad ? "added" : "removed")} successfully.");
        }
    }

    private async Task CompleteAsync(HttpContext context, bool isChat)
    {
        long start = _time.GetTimestamp();
        CompletionRequest request;
        using (JsonDocument? body = await ReadAsync(context))
        {
            if (body is null)
                return;
            try
            {
                request = CompletionRequest.Parse(body.RootElement, isChat);
            }
            catch (FormatException error)
            {
                await EngineError.WriteAsync(context, 400, error.Message);
                return;
            }
        }
        string model = request.Model.Length == 0 ? _models.Model : request.Model;
        int tokens = request.PromptTokens + (request.TokensMax ?? 0);
        if (!_models.Contains(model))
            await EngineError.WriteAsync(context, 404, $"The model `{model}` does not exist.", "model");
        else if (tokens > _modelLength)
            await EngineError.WriteAsync(context, 400, $"This model's maximum context length is {_modelLength} tokens. However, you requested {tokens} tokens.");
        else
            await RunAsync(context, request with { Model = model }, start);
    }

    private async Task RunAsync(HttpContext context, CompletionRequest request, long start)
    {
        string? finishReason = null;
        string id = NextId(request.IsChat);
        string from = context.Request.Headers["x-request-id"].ToString() is { Length: > 0 } given ? $" (x-request-id {given})" : "";
        Log($"Received request {id}{from}: model {request.Model}, {request.PromptTokens} prompt tokens");
        Interlocked.Increment(ref _waiting);
        try
        {
            await _slots.WaitAsync(context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
        Interlocked.Increment(ref _running);
        Interlocked.Add(ref _tokensHeld, request.PromptTokens);
        try
        {
            finishReason = await GenerateAsync(context, request, id, start);
        }
        finally
        {
            Interlocked.Add(ref _tokensHeld, -request.PromptTokens);
            Interlocked.Decrement(ref _running);
            _slots.Release();
            TimeSpan took = _time.GetElapsedTime(start);
            _instruments.RequestEnded(finishReason, took);
            Log(string.Create(CultureInfo.InvariantCulture, $"{(finishReason is null ? "Aborted" : "Finished")} request {id}{(finishReason is null ? "" : $": {finishReason}")}, {took.TotalSeconds:0.000} s"));
        }
    }

    private async Task<string> GenerateAsync(HttpContext context, CompletionRequest request, string id, long start)
    {
        // At least one token is always computed, as in vLLM: the answer's first token needs it.
        bool isComputedElsewhere = request.TakesKvOver && !_profile.OnlyPrefills;
        int known = _cache.Read(request.Model, request.Prompt);
        int cached = Math.Min(isComputedElsewhere ? request.PromptTokens : known, request.PromptTokens - 1);
        _instruments.PromptRead(request.PromptTokens, cached);
        var answer = new AnswerText(request.Model, request.Prompt);
        int length = request.IgnoresEnd ? request.TokensMax ?? answer.Length : Math.Min(answer.Length, request.TokensMax ?? int.MaxValue);
        string finishReason = length < answer.Length || request.IgnoresEnd ? "length" : "stop";

        context.Response.ContentType = request.IsStreamed ? "text/event-stream; charset=utf-8" : "application/json";
        using var writer = new CompletionWriter(context.Response.BodyWriter, id, request.Model, _time.GetUtcNow(), request.IsChat);
        var text = new StringBuilder();
        long due = _time.GetTimestamp() + Ticks(_costs.PrefillPerToken * (request.PromptTokens - cached));
        long previous = start;
        for (int i = 0; i < length; i++)
        {
            due += Ticks(_costs.DecodePerToken);
            await WaitUntilAsync(due, context.RequestAborted);
            long now = _time.GetTimestamp();
            _instruments.TokenMade(_time.GetElapsedTime(previous, now), isFirst: i == 0);
            previous = now;
            string token = answer.Token(i);
            text.Append(token);
            if (!request.IsStreamed)
                continue;
            if (i == 0)
                writer.Begin();
            writer.Chunk(token, i == length - 1 ? finishReason : null);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        _cache.Read(request.Model, [.. request.Prompt, .. Encoding.UTF8.GetBytes(text.ToString())]);
        var usage = new Usage(request.PromptTokens, cached, length);
        if (!request.IsStreamed)
        {
            writer.Whole(text.ToString(), finishReason, usage, request.GivesKvAway ? new KvOffer(_servedBy, request.PromptTokens) : null);
        }
        else
        {
            if (request.IncludesUsage)
                writer.UsageChunk(usage);
            writer.Done();
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return finishReason;
    }

    private async ValueTask WaitUntilAsync(long due, CancellationToken cancellationToken)
    {
        TimeSpan wait = TimeSpan.FromSeconds((double)(due - _time.GetTimestamp()) / _time.TimestampFrequency);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken);
        else
            cancellationToken.ThrowIfCancellationRequested();
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private void Log(string line) => _log.Write(_time.GetUtcNow(), line);

    private string NextId(bool isChat)
    {
        ulong id = StableHash.Mix(StableHash.Of(_servedBy, (ulong)Interlocked.Increment(ref _requests)));
        return $"{(isChat ? "chatcmpl" : "cmpl")}-{id:x16}";
    }

    private static async Task<JsonDocument?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException error)
        {
            await EngineError.WriteAsync(context, 400, $"The body is not JSON: {error.Message}");
            return null;
        }
        catch (BadHttpRequestException error)
        {
            await EngineError.WriteAsync(context, error.StatusCode, error.Message);
            return null;
        }
    }

    private static string Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
