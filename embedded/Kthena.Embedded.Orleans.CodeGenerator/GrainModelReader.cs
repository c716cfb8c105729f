using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace Kthena.Embedded.CodeGenerator;

/// <summary>Reads symbols into models.</summary>
internal static class GrainModelReader
{
    private const string Addressable = "Orleans.Runtime.IAddressable";
    private const string Grain = "Orleans.IGrain";
    private const string Task = "System.Threading.Tasks.Task";
    private const string ValueTask = "System.Threading.Tasks.ValueTask";
    private const int OneWay = 1;
    private const int ReadOnly = 2;
    private const int AlwaysInterleave = 4;

    private static readonly SymbolDisplayFormat Plain =
        SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted);

    private static readonly SymbolDisplayFormat Full =
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(
            SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    public static GrainPartItem? Read(INamedTypeSymbol type, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var grainInterfaces = type.AllInterfaces.Where(one => IsCallable(one)).ToArray();
        return type.TypeKind switch
        {
            TypeKind.Interface when IsCallable(type) => ReadInterface(type),
            TypeKind.Class when !type.IsAbstract && type.AllInterfaces.Any(one => one.ToDisplayString(Plain) == Grain)
                => ReadClass(type, grainInterfaces),
            _ => null,
        };
    }

    private static bool IsCallable(INamedTypeSymbol type) =>
        type.AllInterfaces.Any(one => one.ToDisplayString(Plain) == Addressable)
        && type.ContainingNamespace?.ToDisplayString() != "Orleans";

    private static GrainPartItem? ReadInterface(INamedTypeSymbol type)
    {
        var problems = new List<Problem>();
        if (!IsVisible(type))
        {
            problems.Add(Problem.At(type, "KTG001", $"'{type.Name}' must be public or internal to be called through a reference"));
        }

        if (IsGeneric(type))
        {
            problems.Add(Problem.At(type, "KTG001", $"'{type.Name}' is generic, which a grain interface may not be here"));
        }

        var methods = new List<GrainMethodModel>();
        foreach (var member in type.AllInterfaces.Add(type).SelectMany(one => one.GetMembers()).Where(one => one.IsAbstract))
        {
            if (member is IMethodSymbol { MethodKind: MethodKind.Ordinary } method && ReadMethod(method) is { } model)
            {
                methods.Add(model);
            }
            else if (member is not IMethodSymbol { MethodKind: not MethodKind.Ordinary })
            {
                problems.Add(Problem.At(
                    member,
                    "KTG001",
                    $"'{type.Name}.{member.Name}' cannot be called through a reference: it must be a method that is not generic, "
                    + "takes its parameters by value and returns Task, Task<T>, ValueTask or ValueTask<T> (void for observers)"));
            }
        }

        var wellFormed = problems.Count == 0
            ? new GrainInterfaceModel(type.ToDisplayString(Full), Identifier(type), new EquatableArray<GrainMethodModel>(methods))
            : null;
        return new GrainPartItem(wellFormed, null, new EquatableArray<Problem>(problems));
    }

    private static GrainMethodModel? ReadMethod(IMethodSymbol method)
    {
        var result = method.ReturnType as INamedTypeSymbol;
        ReturnKind? kind = result?.OriginalDefinition.ToDisplayString(Plain) switch
        {
            "void" => ReturnKind.Void,
            Task => ReturnKind.Task,
            Task + "<TResult>" => ReturnKind.TaskOfResult,
            ValueTask => ReturnKind.ValueTask,
            ValueTask + "<TResult>" => ReturnKind.ValueTaskOfResult,
            _ => null,
        };
        if (kind is null || method.IsGenericMethod || method.Parameters.Any(parameter => parameter.RefKind != RefKind.None))
        {
            return null;
        }

        var options = (Has(method, "Orleans.Concurrency.OneWayAttribute") || kind == ReturnKind.Void ? OneWay : 0)
            | (Has(method, "Orleans.Concurrency.ReadOnlyAttribute") ? ReadOnly : 0)
            | (Has(method, "Orleans.Concurrency.AlwaysInterleaveAttribute") ? AlwaysInterleave : 0);
        var timeout = Find(method, "Orleans.ResponseTimeoutAttribute")?.ConstructorArguments.FirstOrDefault().Value as string;
        return new GrainMethodModel(
            method.ContainingType.ToDisplayString(Full),
            method.ContainingType.ToDisplayString(Plain),
            method.Name,
            method.ReturnType.ToDisplayString(Full),
            kind.Value,
            result!.TypeArguments.FirstOrDefault()?.ToDisplayString(Full),
            new EquatableArray<GrainParameterModel>(method.Parameters.Select(parameter => new GrainParameterModel(
                parameter.Type.ToDisplayString(Full),
                parameter.Name,
                parameter.Type.ToDisplayString(Plain) == "System.Threading.CancellationToken"))),
            options,
            TimeSpan.TryParse(timeout, CultureInfo.InvariantCulture, out var span) ? span.Ticks : null);
    }

    private static GrainPartItem? ReadClass(INamedTypeSymbol type, INamedTypeSymbol[] grainInterfaces)
    {
        if (IsVisible(type) && !IsGeneric(type))
        {
            var names = grainInterfaces.Where(one => !one.IsGenericType).Select(one => one.ToDisplayString(Full));
            return new GrainPartItem(
                null,
                new GrainClassModel(type.ToDisplayString(Full), new EquatableArray<string>(names)),
                new EquatableArray<Problem>([]));
        }

        // A stand-in that a test keeps to itself is no grain class.
        return type.DeclaredAccessibility == Accessibility.Private
            ? null
            : new GrainPartItem(null, null, new EquatableArray<Problem>([Problem.At(
                type, "KTG002", $"The grain class '{type.Name}' must be public or internal and not generic")]));
    }

    private static bool IsVisible(INamedTypeSymbol type) =>
        type.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal
        && (type.ContainingType is null || IsVisible(type.ContainingType));

    private static bool IsGeneric(INamedTypeSymbol type) =>
        type.IsGenericType || (type.ContainingType is not null && IsGeneric(type.ContainingType));

    private static bool Has(ISymbol symbol, string attribute) => Find(symbol, attribute) is not null;

    private static AttributeData? Find(ISymbol symbol, string attribute) =>
        symbol.GetAttributes().FirstOrDefault(one => one.AttributeClass?.ToDisplayString(Plain) == attribute);

    private static string Identifier(INamedTypeSymbol type) =>
        new(type.ToDisplayString(Plain).Select(letter => char.IsLetterOrDigit(letter) ? letter : '_').ToArray());
}
