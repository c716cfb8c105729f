namespace Kthena.Embedded.CodeGenerator;

/// <summary>What is written for one interface or class. Compared by value, so that unchanged code is not written again.</summary>
internal sealed record GrainPartItem(
    GrainInterfaceModel? Interface, GrainClassModel? Class, EquatableArray<Problem> Problems);
