namespace Kthena.Simulation.Bank;

/// <summary>A mistake planted in the bank, which the simulator must find.</summary>
public enum Bug
{
    /// <summary>None: every seed passes.</summary>
    None,

    /// <summary>A deposit that is repeated counts twice.</summary>
    DepositTwice,

    /// <summary>A deposit is acknowledged before it is stored.</summary>
    AnswerBeforeWrite,

    /// <summary>A write that lost against another activation's counts as done.</summary>
    IgnoreConflict,

    /// <summary>A transfer that got no answer in time is taken back.</summary>
    RefundOnTimeout,

    /// <summary>The audit believes the newest message instead of the newest number.</summary>
    AuditLastWord,
}
