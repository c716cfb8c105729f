namespace Kthena.Embedded.CodeGenerator;

internal sealed record GrainClassModel(string FullName, EquatableArray<string> Interfaces);
