namespace Kthena.Embedded.CodeGenerator;

internal sealed record GrainParameterModel(string Type, string Name, bool IsCancellationToken);
