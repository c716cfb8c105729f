using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kthena.Model.Routing;

namespace Kthena.Router.Tables;

/// <summary>
/// A routing table on disk: a line with the format and the checksum of what follows, then the table as JSON. Replaced whole, so that a
/// reader finds the old one or the new one; for this user alone; and dated by when a silo last stood by it.
/// </summary>
internal sealed class SnapshotFile(string path)
{
    /// <summary>A larger table is not kept.</summary>
    public const int BytesMax = 64 * 1024 * 1024;

    private const string Format = "kthena-routing-table/1 sha256:";

    private static readonly JsonSerializerOptions Json = new()
    {
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new LabelSetJson() },
    };

    /// <summary>The table as the file holds it.</summary>
    public static byte[] Encode(RoutingSnapshot table)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(table, Json);
        return [.. Encoding.ASCII.GetBytes(Format + Convert.ToHexStringLower(SHA256.HashData(json)) + "\n"), .. json];
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else, of another format, or damaged.</exception>
    public static RoutingSnapshot Decode(byte[] bytes)
    {
        int end = Array.IndexOf(bytes, (byte)'\n');
        string head = Encoding.ASCII.GetString(bytes, 0, Math.Clamp(end, 0, 128));
        if (!head.StartsWith(Format, StringComparison.Ordinal))
            throw new InvalidDataException("It is no routing table of this format.");
        ReadOnlySpan<byte> json = bytes.AsSpan(end + 1);
        if (head[Format.Length..] != Convert.ToHexStringLower(SHA256.HashData(json)))
            throw new InvalidDataException("It is damaged.");
        try
        {
            return JsonSerializer.Deserialize<RoutingSnapshot>(json, Json) ?? throw new InvalidDataException("It is empty.");
        }
        catch (JsonException malformed)
        {
            throw new InvalidDataException("It cannot be read.", malformed);
        }
    }

    /// <summary>Reads the table and when it was last true; null when there is no file.</summary>
    /// <exception cref="InvalidDataException">The file cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public (RoutingSnapshot Table, DateTimeOffset ConfirmedAt)? Read()
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        if (file.Length > BytesMax)
            throw new InvalidDataException($"It is longer than {BytesMax} bytes.");
        DateTimeOffset confirmedAt = file.LastWriteTimeUtc;
        return (Decode(File.ReadAllBytes(path)), confirmedAt);
    }

    /// <summary>Replaces the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="confirmedAt">When it was last true.</param>
    /// <exception cref="InvalidDataException">The table is too large.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(RoutingSnapshot table, DateTimeOffset confirmedAt)
    {
        byte[] bytes = Encode(table);
        if (bytes.Length > BytesMax)
            throw new InvalidDataException($"It would be {bytes.Length} bytes long; {BytesMax} are allowed.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string aside = path + ".new";
        // A file that is there keeps its rights: only a new one is for this user alone.
        File.Delete(aside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(aside, options))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.SetLastWriteTimeUtc(aside, confirmedAt.UtcDateTime);
        File.Move(aside, path, overwrite: true);
    }

    /// <summary>Says that the table on disk is still true.</summary>
    public void Confirm(DateTimeOffset confirmedAt) => File.SetLastWriteTimeUtc(path, confirmedAt.UtcDateTime);
}
