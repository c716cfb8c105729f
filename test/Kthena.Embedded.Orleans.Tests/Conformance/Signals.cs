using System.Collections.Concurrent;

namespace Kthena.Conformance;

/// <summary>Events between a test and its grains, which share a process on both runtimes. Names begin with the test's key.</summary>
internal static class Signals
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> Known = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> Logs = new(StringComparer.Ordinal);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How keys begin whose grains and tests run in virtual time: there it is the run that has a limit, not the wait.</summary>
    public const string Simulated = "simulated/";

    public static void Set(string name) => Of(name).TrySetResult();

    public static bool IsSet(string name) => Of(name).Task.IsCompleted;

    public static Task Wait(string name) =>
        name.StartsWith(Simulated, StringComparison.Ordinal) ? Of(name).Task : Of(name).Task.WaitAsync(Patience);

    /// <summary>Forgets what happened under keys that begin so, before they are used again.</summary>
    public static void Forget(string prefix)
    {
        foreach (var name in Known.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            Known.TryRemove(name, out _);
        }

        foreach (var key in Logs.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            Logs.TryRemove(key, out _);
        }
    }

    public static void Note(string key, string line) => Logs.GetOrAdd(key, _ => new ConcurrentQueue<string>()).Enqueue(line);

    public static string[] Notes(string key) => Logs.TryGetValue(key, out var lines) ? [.. lines] : [];

    private static TaskCompletionSource Of(string name) =>
        Known.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
