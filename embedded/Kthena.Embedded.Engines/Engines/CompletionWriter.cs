using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kthena.Embedded.Engines;

/// <summary>Writes one answer as vLLM does: server-sent chunks that end with <c>[DONE]</c>, or one object.</summary>
internal sealed class CompletionWriter : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly PipeWriter _pipe;
    private readonly Utf8JsonWriter _json;
    private readonly string _id;
    private readonly string _model;
    private readonly long _created;
    private readonly bool _isChat;

    public CompletionWriter(PipeWriter pipe, string id, string model, DateTimeOffset created, bool isChat)
    {
        _pipe = pipe;
        _json = new Utf8JsonWriter(pipe, Options);
        _id = id;
        _model = model;
        _created = created.ToUnixTimeSeconds();
        _isChat = isChat;
    }

    /// <summary>Writes the chunk that names the role; a text completion has none.</summary>
    public void Begin()
    {
        if (_isChat)
            WriteChunk("", finishReason: null, withRole: true);
    }

    /// <summary>Writes a chunk of text; the last one names the reason.</summary>
    public void Chunk(string text, string? finishReason) => WriteChunk(text, finishReason, withRole: false);

    /// <summary>Writes the chunk that has no choices but the usage.</summary>
    public void UsageChunk(Usage usage)
    {
        BeginEvent();
        WriteHead("chat.completion.chunk");
        _json.WriteStartArray("choices");
        _json.WriteEndArray();
        usage.Write(_json);
        EndEvent();
    }

    /// <summary>Ends the stream.</summary>
    public void Done() => Write("data: [DONE]\n\n"u8);

    /// <summary>Writes the whole answer as one object.</summary>
    public void Whole(string text, string finishReason, Usage usage, KvOffer? offer = null)
    {
        WriteHead("chat.completion");
        _json.WriteStartArray("choices");
        _json.WriteStartObject();
        _json.WriteNumber("index", 0);
        if (_isChat)
        {
            _json.WriteStartObject("message");
            _json.WriteString("role", "assistant");
            _json.WriteString("content", text);
            _json.WriteNull("refusal");
            _json.WriteStartArray("tool_calls");
            _json.WriteEndArray();
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteString("text", text);
        }
        WriteEndOfChoice(finishReason);
        _json.WriteEndArray();
        usage.Write(_json);
        offer?.Write(_json);
        _json.WriteEndObject();
        _json.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void WriteChunk(string text, string? finishReason, bool withRole)
    {
        BeginEvent();
        WriteHead("chat.completion.chunk");
        _json.WriteStartArray("choices");
        _json.WriteStartObject();
        _json.WriteNumber("index", 0);
        if (_isChat)
        {
            _json.WriteStartObject("delta");
            if (withRole)
                _json.WriteString("role", "assistant");
            _json.WriteString("content", text);
            _json.WriteEndObject();
        }
        else
        {
            _json.WriteString("text", text);
        }
        WriteEndOfChoice(finishReason);
        _json.WriteEndArray();
        EndEvent();
    }

    private void WriteHead(string chatObject)
    {
        _json.WriteStartObject();
        _json.WriteString("id", _id);
        _json.WriteString("object", _isChat ? chatObject : "text_completion");
        _json.WriteNumber("created", _created);
        _json.WriteString("model", _model);
    }

    private void WriteEndOfChoice(string? finishReason)
    {
        _json.WriteNull("logprobs");
        _json.WriteString("finish_reason", finishReason);
        if (finishReason is not null)
            _json.WriteNull("stop_reason");
        _json.WriteEndObject();
    }

    /// <summary>Asks for the room it needs: Kestrel hands out an empty span to who does not ask, before the answer has begun.</summary>
    private void Write(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_pipe.GetSpan(text.Length));
        _pipe.Advance(text.Length);
    }

    private void BeginEvent()
    {
        Write("data: "u8);
        _json.Reset();
    }

    private void EndEvent()
    {
        _json.WriteEndObject();
        _json.Flush();
        Write("\n\n"u8);
    }
}
