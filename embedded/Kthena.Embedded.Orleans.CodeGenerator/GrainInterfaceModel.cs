namespace Kthena.Embedded.CodeGenerator;

internal sealed record GrainInterfaceModel(string FullName, string Identifier, EquatableArray<GrainMethodModel> Methods);
