using System.Text;

namespace Kthena.Routing.Body;

/// <summary>A value that a member at the top of a body must have.</summary>
/// <param name="Name">The member; plain letters.</param>
/// <param name="Value">The value as JSON.</param>
/// <param name="IsAdded">Whether the member is added where it is missing or null; otherwise only a value that is there changes.</param>
internal readonly record struct MemberValue(string Name, ReadOnlyMemory<byte> Value, bool IsAdded = true);

/// <summary>Sets members of a body by splicing: a value gives way where it stands, a new member comes first.</summary>
internal static class MemberValues
{
    private const int EscapedNameBytesMax = 128;

    /// <summary>Plans the splices.</summary>
    /// <param name="json">The body.</param>
    /// <param name="body">Its spans.</param>
    /// <param name="members">The members.</param>
    /// <param name="others">What else is spliced, elsewhere in the body.</param>
    public static BodyEdits Plan(ReadOnlySpan<byte> json, RequestBody body, IReadOnlyList<MemberValue> members, BodyEdits others)
    {
        TextSpan[] present = Find(json, members);
        var edits = new List<BodyEdit>();
        var added = new List<byte>();
        for (int index = 0; index < members.Count; index++)
        {
            MemberValue member = members[index];
            if (present[index].Exists && (member.IsAdded || !present[index].In(json).SequenceEqual("null"u8)))
                edits.Add(new BodyEdit(present[index].Start, present[index].Length, member.Value));
            else if (!present[index].Exists && member.IsAdded)
                added.AddRange([(byte)'"', .. Encoding.UTF8.GetBytes(member.Name), (byte)'"', (byte)':', .. member.Value.Span, (byte)',']);
        }
        if (added.Count > 0)
            edits.Add(new BodyEdit(body.InsideStart, 0, added.ToArray()));
        for (int index = 0; index < others.Count; index++)
            edits.Add(others[index]);
        return BodyEdits.Of(edits);
    }

    /// <summary>The value of a member at the top; of members with one name the last.</summary>
    public static TextSpan Find(ReadOnlySpan<byte> json, ReadOnlySpan<byte> member)
    {
        TextSpan found = TextSpan.None;
        var cursor = new JsonCursor(json);
        bool isFirst = true;
        if (!cursor.Enter((byte)'{'))
            return TextSpan.None;
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name) && cursor.Value(out TextSpan value))
        {
            if (Is(json, name, member))
                found = value;
        }
        return cursor.Fault is null ? found : TextSpan.None;
    }

    private static TextSpan[] Find(ReadOnlySpan<byte> json, IReadOnlyList<MemberValue> members)
    {
        var found = new TextSpan[members.Count];
        Array.Fill(found, TextSpan.None);
        var cursor = new JsonCursor(json);
        bool isFirst = true;
        cursor.Enter((byte)'{');
        Span<byte> wanted = stackalloc byte[EscapedNameBytesMax];
        while (cursor.Next((byte)'}', ref isFirst) && cursor.Name(out TextSpan name) && cursor.Value(out TextSpan value))
        {
            for (int index = 0; index < found.Length; index++)
            {
                if (Is(json, name, wanted[..Encoding.UTF8.GetBytes(members[index].Name, wanted)]))
                    found[index] = value;
            }
        }
        return found;
    }

    private static bool Is(ReadOnlySpan<byte> json, TextSpan name, ReadOnlySpan<byte> member)
    {
        if (!name.IsEscaped)
            return name.In(json).SequenceEqual(member);
        if (name.Length > EscapedNameBytesMax)
            return false;
        Span<byte> plain = stackalloc byte[EscapedNameBytesMax + 8];
        return plain[..JsonText.Unescape(name.In(json), plain, out _)].SequenceEqual(member);
    }
}
