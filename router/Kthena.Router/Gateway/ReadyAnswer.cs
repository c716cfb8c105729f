using System.Globalization;
using System.Text;

namespace Kthena.Router.Gateway;

/// <summary>The answers of <c>/readyz</c>: upstream's, and what is added while no silo stands by the routing table.</summary>
internal static class ReadyAnswer
{
    public static readonly byte[] Ready = """{"message":"router is ready"}"""u8.ToArray();
    public static readonly byte[] NotReady = """{"message":"router is not ready"}"""u8.ToArray();

    /// <param name="isReady">Whether requests are wanted all the same.</param>
    /// <param name="age">How long ago a silo stood by the table.</param>
    public static byte[] Stale(bool isReady, TimeSpan age) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"message":"router is {{(isReady ? "" : "not ")}}ready","routing_table":"stale","age_seconds":{{(long)age.TotalSeconds}}}"""));
}
