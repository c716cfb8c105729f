namespace Kthena.Router.Accounting;

/// <summary>How a line of the access log looks.</summary>
public enum AccessLogFormat
{
    /// <summary>Upstream's text, values escaped.</summary>
    Text,

    /// <summary>A JSON object.</summary>
    Json,
}
