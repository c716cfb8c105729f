namespace Orleans.Configuration;

/// <summary>How callers inside a silo wait.</summary>
public class SiloMessagingOptions : MessagingOptions;
