using System.Globalization;

namespace Kthena.Embedded.Kubernetes.Core.Objects;

/// <summary>Where UIDs and the random ends of generated names come from.</summary>
public interface IIdentifierSource
{
    /// <summary>A new UID in the form of a UUID.</summary>
    string NextUid();

    /// <summary>The five characters that end a generated name.</summary>
    string NextNameSuffix();
}

/// <summary>Identifiers from a random generator: a seeded one makes a run repeatable.</summary>
/// <param name="random">The generator; used by one caller at a time.</param>
public sealed class RandomIdentifiers(Random random) : IIdentifierSource
{
    // No vowels and nothing that looks alike, as Kubernetes' generated names.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    /// <inheritdoc/>
    public string NextUid()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D", CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public string NextNameSuffix() => string.Create(5, random, static (span, random) =>
    {
        for (int at = 0; at < span.Length; at++)
            span[at] = Alphabet[random.Next(Alphabet.Length)];
    });
}
