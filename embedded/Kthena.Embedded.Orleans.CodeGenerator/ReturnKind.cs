namespace Kthena.Embedded.CodeGenerator;

internal enum ReturnKind
{
    Void,
    Task,
    TaskOfResult,
    ValueTask,
    ValueTaskOfResult,
}
