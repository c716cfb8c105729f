namespace Kthena.Admission;

/// <summary>One member that admission adds to an object: an RFC 6902 operation <c>add</c>.</summary>
/// <param name="Path">Where, as a JSON pointer such as <c>/spec/behavior</c>.</param>
/// <param name="Value">What, as JSON text.</param>
public sealed record AdmissionPatch(string Path, string Value)
{
    /// <summary>The operation as JSON text.</summary>
    public override string ToString() => $$"""{"op":"add","path":"{{Path}}","value":{{Value}}}""";
}
