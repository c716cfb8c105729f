namespace Kthena.Cli.Up;

/// <summary>The platform cannot start; the message says why and what to do, in one line.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
