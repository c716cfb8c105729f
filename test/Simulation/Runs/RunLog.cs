using Microsoft.Extensions.Logging;

namespace Kthena.Simulation.Runs;

/// <summary>What the simulated silos log, as lines with virtual time; nothing unless <see cref="Sink"/> is set.</summary>
public sealed class RunLog(TimeProvider time, string process) : ILoggerFactory, ILogger
{
    /// <summary>Takes the lines.</summary>
    public static Action<string>? Sink { get; set; }

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => Sink is not null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Sink?.Invoke($"{time.GetUtcNow():HH:mm:ss.fff} {process}: {logLevel} {formatter(state, exception)} {exception?.Message}");

    public void Dispose()
    {
    }
}
