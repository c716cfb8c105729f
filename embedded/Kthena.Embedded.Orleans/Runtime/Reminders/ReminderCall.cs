using Kthena.Embedded.CodeGeneration;
using Orleans;
using Orleans.Runtime;

namespace Kthena.Embedded.Runtime;

/// <summary>The call that a reminder makes.</summary>
internal sealed class ReminderCall(string reminderName, TickStatus status) : VoidCall(CallOptions.None)
{
    public override string InterfaceName => "Orleans.IRemindable";

    public override string MethodName => nameof(IRemindable.ReceiveReminder);

    protected override ValueTask Execute(object grain) => new(((IRemindable)grain).ReceiveReminder(reminderName, status));
}
