using System.Collections.Immutable;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Kthena.Embedded.CodeGenerator;

/// <summary>Writes references, calls and the assembly's list of them.</summary>
[Generator]
public sealed class GrainPartGenerator : IIncrementalGenerator
{
    private const string PartAttribute = "GrainPartAttribute";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var items = context.SyntaxProvider
            .CreateSyntaxProvider(
                static (node, _) => node is TypeDeclarationSyntax { BaseList: not null },
                static (found, cancellation) =>
                    found.SemanticModel.GetDeclaredSymbol(found.Node, cancellation) is INamedTypeSymbol type
                        ? GrainModelReader.Read(type, cancellation)
                        : null)
            .Where(static item => item is not null)
            .Select(static (item, _) => item!);

        var distinct = items.Collect().Select(static (all, _) => new EquatableArray<GrainPartItem>(all.Distinct()));
        var references = context.CompilationProvider.Select(static (compilation, _) => new EquatableArray<string>(
            compilation.SourceModule.ReferencedAssemblySymbols
                .Where(assembly => assembly.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == PartAttribute))
                .Select(assembly => assembly.Identity.Name)));

        context.RegisterSourceOutput(distinct.Combine(references), static (output, parts) => Write(output, parts.Left, parts.Right));
    }

    private static void Write(SourceProductionContext output, EquatableArray<GrainPartItem> items, EquatableArray<string> references)
    {
        foreach (var problem in items.Items.SelectMany(item => item.Problems.Items))
        {
            var rule = new DiagnosticDescriptor(
                problem.Id, "Grain code cannot be generated", "{0}", "Grains", DiagnosticSeverity.Error, isEnabledByDefault: true);
            var place = problem.File is null ? Location.None : Location.Create(problem.File, problem.Span, problem.Lines);
            output.ReportDiagnostic(Diagnostic.Create(rule, place, problem.Message));
        }

        foreach (var item in items.Items)
        {
            if (item.Interface is { } grainInterface)
            {
                Add(output, grainInterface.Identifier, GrainPartWriter.WriteInterface(grainInterface));
            }
        }

        if (items.Items.Any(item => item.Interface is not null || item.Class is not null) || references.Items.Length > 0)
        {
            Add(output, "GrainPart", GrainPartWriter.WritePart(items.Items, references.Items));
        }
    }

    private static void Add(SourceProductionContext output, string name, string text) =>
        output.AddSource(name + ".g.cs", SourceText.From(text, Encoding.UTF8));
}
