namespace Kthena.Embedded.Kubernetes.Core.Protobuf;

/// <summary>One field of a protobuf message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">The JSON member that it becomes.</param>
/// <param name="Form">How its value stands there.</param>
/// <param name="Shape">The fields of a message in it.</param>
internal sealed record MessageField(int Number, string Name, FieldForm Form = FieldForm.Text, MessageShape? Shape = null);
