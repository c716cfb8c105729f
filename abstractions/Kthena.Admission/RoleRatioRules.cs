using System.Text.Json;

namespace Kthena.Admission;

/// <summary>The ratio between two roles of an autoscaling policy: between roles that exist, in range, and within reach of their limits.</summary>
internal static class RoleRatioRules
{
    /// <summary>6.</summary>
    public static void Check(JsonElement target, string path, ErrorList errors)
    {
        JsonElement ratio = target.Member("ratioConstraint");
        if (!ratio.IsThere())
            return;
        string here = $"{path}.ratioConstraint";
        if (ratio.Text("numeratorRole") == ratio.Text("denominatorRole"))
            errors.Invalid(here, "numeratorRole and denominatorRole must differ");
        JsonElement above = FindRole(target, ratio, "numeratorRole", here, errors);
        JsonElement below = FindRole(target, ratio, "denominatorRole", here, errors);
        double? least = Read(ratio, "minRatio", here, static value => value >= 0, "must not be negative", errors);
        double? most = Read(ratio, "maxRatio", here, static value => value > 0, "must be greater than zero", errors);
        if (least > most)
            errors.Invalid($"{here}.minRatio", "minRatio cannot be greater than maxRatio", ratio.Member("minRatio"));
        if (!above.IsThere() || !below.IsThere())
            return;
        double aboveLeast = above.Number("minReplicas") ?? 0;
        double belowLeast = below.Number("minReplicas") ?? 0;
        if (aboveLeast == 0 != (belowLeast == 0))
            errors.Invalid(here, "ratio roles must be scalable-to-zero together: both or neither may have minReplicas 0");
        // Divided, not multiplied: the quotient of two whole numbers is the nearest number to it, as a written ratio is.
        if (below.Number("maxReplicas") is { } belowMost and > 0 && aboveLeast / belowMost > most)
            errors.Invalid($"{here}.maxRatio", "cannot be kept: the numerator's minReplicas over the denominator's maxReplicas is above it", ratio.Member("maxRatio"));
        if (above.Number("maxReplicas") is { } aboveMost && belowLeast > 0 && aboveMost / belowLeast < least)
            errors.Invalid($"{here}.minRatio", "cannot be kept: the numerator's maxReplicas over the denominator's minReplicas is below it", ratio.Member("minRatio"));
    }

    private static JsonElement FindRole(JsonElement target, JsonElement ratio, string member, string path, ErrorList errors)
    {
        string name = ratio.Text(member) ?? "";
        JsonElement role = target.Member("roles").Member(name);
        if (!role.IsThere())
            errors.Invalid($"{path}.{member}", "is no role of the target", ratio.Member(member));
        return role;
    }

    private static double? Read(JsonElement ratio, string member, string path, Func<double, bool> isInRange, string range, ErrorList errors)
    {
        JsonElement value = ratio.Member(member);
        double? number = Quantities.Parse(value);
        if (number is null)
            errors.Invalid($"{path}.{member}", "must be a quantity", value);
        else if (!double.IsFinite(number.Value))
            errors.Invalid($"{path}.{member}", "must be finite", value);
        else if (!isInRange(number.Value))
            errors.Invalid($"{path}.{member}", range, value);
        else
            return number;
        return null;
    }
}
