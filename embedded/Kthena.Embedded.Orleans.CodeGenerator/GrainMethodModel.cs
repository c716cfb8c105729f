namespace Kthena.Embedded.CodeGenerator;

internal sealed record GrainMethodModel(
    string Owner,
    string OwnerName,
    string Name,
    string ReturnType,
    ReturnKind Kind,
    string? ResultType,
    EquatableArray<GrainParameterModel> Parameters,
    int Options,
    long? ResponseTimeoutTicks);
