using System.Globalization;
using System.Text;
using Kthena.Router.Metrics;

namespace Kthena.Router.Tests.Metrics;

public sealed class GoNumberTests
{
    // As strconv.FormatFloat(value, 'g', -1, 64) prints them.
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(-1, "-1")]
    [InlineData(100, "100")]
    [InlineData(999999, "999999")]
    [InlineData(1e6, "1e+06")]
    [InlineData(1234567, "1.234567e+06")]
    [InlineData(123456789012, "1.23456789012e+11")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.5e300, "1.5e+300")]
    [InlineData(0.5, "0.5")]
    [InlineData(.005, "0.005")]
    [InlineData(.0005, "0.0005")]
    [InlineData(.0001, "0.0001")]
    [InlineData(.00001, "1e-05")]
    [InlineData(.000012345, "1.2345e-05")]
    [InlineData(12.75, "12.75")]
    [InlineData(100000.5, "100000.5")]
    [InlineData(1000000.5, "1.0000005e+06")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(double.Epsilon, "5e-324")]
    public void Number_IsPrintedAsGoDoes(double value, string expected) => Print(value).ShouldBe(expected);

    [Fact]
    public void Number_ReadsBackTheSame()
    {
        var random = new Random(1);
        for (int round = 0; round < 20_000; round++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64());
            if (double.IsFinite(value))
                double.Parse(Print(value), CultureInfo.InvariantCulture).ShouldBe(value);
        }
    }

    private static string Print(double value)
    {
        var text = new StringBuilder();
        GoNumber.Append(text, value);
        return text.ToString();
    }
}
