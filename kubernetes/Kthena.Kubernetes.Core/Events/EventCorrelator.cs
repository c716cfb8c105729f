using System.Collections.Immutable;

namespace Kthena.Kubernetes.Core;

/// <summary>One happening: repeats of it are counted.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Type"><c>Normal</c> or <c>Warning</c>.</param>
/// <param name="Reason">A CamelCase word for machines.</param>
/// <param name="Message">A sentence for people; null stands for many that differ only in this.</param>
internal sealed record EventKey(EventSubject Subject, string Type, string Reason, string? Message);

/// <summary>What is to be written.</summary>
/// <param name="Key">What repeats are counted by.</param>
/// <param name="Message">The message to show.</param>
/// <param name="Occurrences">How many are told of at once: those that were held back come with the next one.</param>
internal readonly record struct CorrelatedEvent(EventKey Key, string Message, int Occurrences);

/// <summary>
/// Keeps events from flooding the API server, as Kubernetes' own recorder does: messages that differ are told as one after the
/// first few, and one subject may write only so many. Warnings have a measure of their own, so that the many steps of a rollout
/// do not hide what went wrong.
/// </summary>
/// <param name="options">The bounds.</param>
internal sealed class EventCorrelator(EventRecorderOptions options)
{
    private readonly RecentEntries<EventKey, Similar> _similar = new(options.RememberedMax);
    private readonly RecentEntries<(EventSubject Subject, string Type), Allowance> _allowances = new(options.RememberedMax);
    private readonly RecentEntries<EventKey, int> _heldBack = new(options.RememberedMax);

    /// <summary>Takes one event; null when it is held back.</summary>
    /// <param name="subject">What it is about.</param>
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="reason">Its reason.</param>
    /// <param name="message">Its message.</param>
    /// <param name="at">When it happened.</param>
    public CorrelatedEvent? Take(EventSubject subject, string type, string reason, string message, DateTimeOffset at)
    {
        var together = new EventKey(subject, type, reason, null);
        bool isOneOfMany = IsOneOfMany(together, message, at);
        EventKey key = isOneOfMany ? together : together with { Message = message };
        int occurrences = 1 + (_heldBack.TryGet(key, out int before) ? before : 0);
        bool mayWrite = Spend((subject, type), at);
        _heldBack.Set(key, mayWrite ? 0 : occurrences);
        return mayWrite
            ? new CorrelatedEvent(key, isOneOfMany ? $"(combined from similar events): {message}" : message, occurrences)
            : null;
    }

    private bool IsOneOfMany(EventKey together, string message, DateTimeOffset at)
    {
        bool isKnown = _similar.TryGet(together, out Similar similar) && at - similar.LastAt <= options.RepeatWindow;
        ImmutableHashSet<string> messages = isKnown ? similar.Messages : [];
        bool isOneOfMany = !messages.Contains(message) && messages.Count >= options.SimilarMax;
        _similar.Set(together, new Similar(isOneOfMany ? messages : messages.Add(message), at));
        return isOneOfMany;
    }

    private bool Spend((EventSubject Subject, string Type) key, DateTimeOffset at)
    {
        double tokens = options.BurstMax;
        if (_allowances.TryGet(key, out Allowance allowance))
            tokens = Math.Min(options.BurstMax, allowance.Tokens + (at - allowance.At) / options.RefillInterval);
        bool mayWrite = tokens >= 1;
        _allowances.Set(key, new Allowance(mayWrite ? tokens - 1 : tokens, at));
        return mayWrite;
    }

    private readonly record struct Similar(ImmutableHashSet<string> Messages, DateTimeOffset LastAt);

    private readonly record struct Allowance(double Tokens, DateTimeOffset At);
}
