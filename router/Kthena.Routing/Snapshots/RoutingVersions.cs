using System.Globalization;
using System.Runtime.InteropServices;
using Kthena.Model;
using Kthena.Model.Routing;
using Kthena.Routing.Prompt;

namespace Kthena.Routing.Snapshots;

/// <summary>
/// The versions of routing tables. Two lives of the grain that makes them may overlap for a moment, and tell different tables in one
/// millisecond. So a version ends with a digest of what the table holds: of one version there is one content, and what changes it can
/// be joined on to no other.
/// </summary>
public static class RoutingVersions
{
    // With the milliseconds since 1970 above it, a version stays positive until the year 2248.
    private const int DigestBits = 20;

    /// <summary>The version of a table that follows on another.</summary>
    /// <param name="before">The version of the one before; 0 for the first of a life.</param>
    /// <param name="now">The instant, which puts every life after the one before it.</param>
    /// <param name="table">What is told.</param>
    public static long After(long before, DateTimeOffset now, RoutingSnapshot table)
    {
        long instant = Math.Max((before >> DigestBits) + 1, now.ToUnixTimeMilliseconds());
        return (instant << DigestBits) | (long)(Digest(table) >> (64 - DigestBits));
    }

    private static ulong Digest(RoutingSnapshot table)
    {
        ulong digest = 0;
        foreach (RoutedModel route in table.Routes)
            Add(ref digest, route.Key, route.ResourceVersion, route.CreationTimestamp.UtcTicks.ToString(CultureInfo.InvariantCulture));
        foreach (RoutedServer server in table.Servers)
        {
            Add(ref digest, server.Key, server.ResourceVersion, "server");
            foreach (EngineEndpoint endpoint in server.Endpoints)
            {
                Add(ref digest, endpoint.Pod, endpoint.Uid, endpoint.Address);
                Add(ref digest, endpoint.Group);
                Add(ref digest, endpoint.NodeName);
                digest = Chance.Mix(digest + (ulong)endpoint.Port + (endpoint.IsDraining ? 1UL << 32 : 0) + ((ulong)endpoint.Phase << 33));
            }
        }
        return Chance.Mix(digest);
    }

    private static void Add(ref ulong digest, NamespacedName key, string first, string second)
    {
        Add(ref digest, key.Namespace);
        Add(ref digest, key.Name);
        Add(ref digest, first);
        Add(ref digest, second);
    }

    private static void Add(ref ulong digest, string text) => digest = XxHash64.Hash(MemoryMarshal.AsBytes(text.AsSpan()), digest);
}
