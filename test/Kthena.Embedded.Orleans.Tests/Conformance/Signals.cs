using System.Collections.Concurrent;

namespace Kthena.Conformance;

/// <summary>Events between a test and its grains, which share a process on both runtimes. Names begin with the test's key.</summary>
internal static class Signals
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Known = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Logs = new(StringComparer.Ordinal);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Set(string name) => Of(name).TrySetResult();

    public static bool IsSet(string name) => Of(name).Task.IsCompleted;

    public static Task Wait(string name) => Of(name).Task.WaitAsync(Patience);

    public static void Note(string key, string line) => Logs.GetOrAdd(key, _ => new ConcurrentQueue<string>()).Enqueue(line);

    public static string[] Notes(string key) => Logs.TryGetValue(key, out var lines) ? [.. lines] : [];

    private static TaskCompletionSource Of(string name) =>
        Known.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
