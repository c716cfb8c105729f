using System.Globalization;

namespace Kthena.Benchmarks.Tests;

/// <summary>No operation allocates more than <c>test/Benchmarks/budgets.json</c> allows. Bytes, not times: they do not depend on the machine.</summary>
public sealed class BudgetTests(Measurement measurement) : IClassFixture<Measurement>
{
    public static TheoryData<string> Operations => [.. Budgets.Read().Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_Allocates_NoMoreThanItsBudget(string operation)
    {
        long budget = Budgets.Read()[operation];
        measurement.Bytes.ShouldContainKey(operation);
        long bytes = measurement.Bytes[operation];

        bytes.ShouldBeLessThanOrEqualTo(budget, string.Create(
            CultureInfo.InvariantCulture,
            $"'{operation}' allocates {bytes:N0} bytes, its budget is {budget:N0}. If that is worth it, renew the budgets: {Budgets.RenewCommand}"));
    }

    [Fact]
    public void Budgets_CoverEveryOperationThatIsMeasured() => Budgets.Read().Keys.ShouldBe(measurement.Bytes.Keys);
}
