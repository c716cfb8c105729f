using System.Collections.Immutable;
using Kthena.Model.Resources;
using Kthena.Model.Routing;

namespace Kthena.Routing.Matching;

/// <summary>A route whose predicates are compiled.</summary>
internal sealed class CompiledRoute(RoutedModel view)
{
    private readonly ImmutableArray<CompiledRule> _rules = [.. view.Spec.Rules.Select(static rule => new CompiledRule(rule))];

    public RoutedModel View { get; } = view;

    /// <summary>What the route asks for and does not get, a sentence each.</summary>
    public IEnumerable<string> Faults
    {
        get
        {
            foreach (string fault in _rules.SelectMany(static rule => rule.Faults))
                yield return $"a predicate never matches: {fault}.";
            foreach (string provider in View.Spec.Rules.SelectMany(static rule => rule.Targets).Select(static target => target.ExternalModelProviderName).OfType<string>())
                yield return $"requests for external model provider {provider} are refused: this gateway forwards to model servers only.";
            if (View.Spec.RateLimit is { IsGlobal: true })
                yield return "its rateLimit.global is not used: each router counts for itself.";
            if (View.Spec.HasParentRefs)
                yield return "it serves nobody: it has parentRefs, and this gateway has no Gateways.";
        }
    }

    /// <summary>The target of the first rule that the request satisfies; null when none does or that rule's weights sum to zero.</summary>
    public TargetModel? Choose<THeaders>(string model, string path, in THeaders headers, ref ulong seed)
        where THeaders : IRequestHeaders
    {
        foreach (CompiledRule rule in _rules)
        {
            if (rule.Matches(model, path, headers))
                return Draw(rule.Targets, ref seed);
        }
        return null;
    }

    private static TargetModel? Draw(ImmutableArray<TargetModel> targets, ref ulong seed)
    {
        int total = 0;
        foreach (TargetModel target in targets)
            total += target.Weight;
        if (total <= 0)
            return null;
        int drawn = Chance.Below(ref seed, total);
        foreach (TargetModel target in targets)
        {
            drawn -= target.Weight;
            if (drawn < 0)
                return target;
        }
        return null;
    }
}

/// <summary>A rule whose predicates are compiled.</summary>
internal sealed class CompiledRule
{
    private readonly string? _model;
    private readonly TextPredicate? _uri;
    private readonly ImmutableArray<(string Name, TextPredicate Value)> _headers = [];

    public CompiledRule(RouteRule rule)
    {
        Targets = rule.Targets;
        if (rule.Match is not { } match)
            return;
        _model = match.BodyModel;
        _uri = match.Uri is null ? null : new TextPredicate(match.Uri);
        _headers = [.. match.Headers.Select(static header => (header.Name, new TextPredicate(header.Value)))];
    }

    public ImmutableArray<TargetModel> Targets { get; }

    public IEnumerable<string> Faults =>
        _headers.Select(static header => header.Value.Fault).Append(_uri?.Fault).OfType<string>();

    public bool Matches<THeaders>(string model, string path, in THeaders headers)
        where THeaders : IRequestHeaders
    {
        if (_model is not null && !string.Equals(_model, model, StringComparison.Ordinal))
            return false;
        if (_uri is not null && !_uri.Holds(path))
            return false;
        foreach ((string name, TextPredicate value) in _headers)
        {
            if (!value.Holds(headers.FirstValue(name)))
                return false;
        }
        return true;
    }
}
