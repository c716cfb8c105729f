using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Architecture.Tests;

/// <summary>Rules of style that a machine can hold: short files, short methods, names that admit a boundary, nothing unfinished.</summary>
public sealed partial class Tidy
{
    private const int FileLinesMax = 400;
    private const int MethodLinesMax = 70;
    private const int ShellLinesMax = 120;

    [Fact]
    public void File_IsUnder400Lines() =>
        Production()
            .Select(path => (path, lines: Repository.Read(path).Count(static c => c == '\n')))
            .Where(static file => file.lines > FileLinesMax)
            .ShouldBeEmpty();

    [Fact]
    public void Method_IsUnder70Lines() =>
        Production().SelectMany(LongMethods).ShouldBeEmpty();

    /// <summary>A shell carries out what its planner decides; what makes it longer belongs to the planner or to a type of its own.</summary>
    [Fact]
    public void Shell_IsUnder120Lines()
    {
        TypeDeclarationSyntax[] shells =
        [
            .. Production()
                .SelectMany(static path => CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>())
                .Where(static type => type.GetLeadingTrivia().ToFullString().Contains("<summary>Shell of ", StringComparison.Ordinal)),
        ];
        shells.Length.ShouldBeGreaterThan(3);
        shells.Where(static shell => Lines(shell) >= ShellLinesMax).Select(static shell => $"{shell.Identifier} has {Lines(shell)} lines").ShouldBeEmpty();
    }

    [Fact]
    public void Type_HasNoSuffixThatHidesWhatItDoes() =>
        Repository.Sources()
            .Where(static path => !IsOrleansOwnSurface(path))
            .Where(static path => BannedName().IsMatch(Path.GetFileNameWithoutExtension(path)))
            .ShouldBeEmpty();

    [Fact]
    public void Source_HasNothingUnfinished() =>
        Repository.Sources()
            .Where(static path => !path.EndsWith("Tidy.cs", StringComparison.Ordinal))
            .Where(static path => Unfinished().IsMatch(Repository.Read(path)))
            .ShouldBeEmpty();

    [Fact]
    public void ProductionFile_BearsTheNameOfItsType() =>
        Production().Where(static path => !IsOrleansOwnSurface(path) && !DeclaresItsName(path)).ShouldBeEmpty();

    [Fact]
    public void ProductionFolder_SaysWhatLivesThere() =>
        Repository.Projects()
            .Where(static path => !path.StartsWith("test/", StringComparison.Ordinal))
            .Select(static path => Path.GetDirectoryName(path)!)
            .Where(static folder => !File.Exists(Path.Combine(Repository.Root, folder, "README.md")))
            .ShouldBeEmpty();

    private static IEnumerable<string> Production() =>
        Repository.Sources().Where(static path => !path.StartsWith("test/", StringComparison.Ordinal));

    /// <summary>Types whose names Orleans chose, a file for each topic.</summary>
    private static bool IsOrleansOwnSurface(string path) =>
        path.StartsWith("embedded/Kthena.Embedded.Orleans/Api/", StringComparison.Ordinal);

    private static IEnumerable<string> LongMethods(string path)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot();
        foreach (BaseMethodDeclarationSyntax method in root.DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            SyntaxNode? body = (SyntaxNode?)method.Body ?? method.ExpressionBody;
            if (body is null)
                continue;
            if (Lines(body) > MethodLinesMax)
                yield return $"{path}:{body.GetLocation().GetLineSpan().StartLinePosition.Line + 1} has {Lines(body)} lines";
        }
    }

    private static int Lines(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    /// <summary>A file is named after a type that it declares; parts add a word after a dot, as in <c>Router.Log.cs</c>.</summary>
    private static bool DeclaresItsName(string path)
    {
        string name = Path.GetFileName(path).Split('.')[0];
        SyntaxNode root = CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot();
        return name is "Program" or "GlobalUsings" or "AssemblyInfo"
            || root.DescendantNodes().Any(node => node switch
            {
                BaseTypeDeclarationSyntax type => type.Identifier.ValueText == name,
                DelegateDeclarationSyntax type => type.Identifier.ValueText == name,
                _ => false,
            });
    }

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Common|Base|Shared)$")]
    private static partial Regex BannedName();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b|catch\s*\{\s*\}")]
    private static partial Regex Unfinished();
}
