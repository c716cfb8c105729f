using System.Buffers.Binary;
using System.Net;

namespace Kthena.Embedded.Engines;

/// <summary>
/// Gives out pod addresses in 127.64.0.0/10, in ascending order and around again, so that an address that a pod left is used
/// as late as can be: a client that still knows it meets nobody rather than another pod.
/// </summary>
/// <param name="chance">Says where to begin, so that two agents on one machine rarely meet.</param>
internal sealed class PodAddresses(Random chance)
{
    private const uint First = (127u << 24) | (64u << 16);
    private const uint Size = 1u << 22;

    private readonly Lock _gate = new();
    private readonly HashSet<uint> _taken = [];
    private uint _cursor = (uint)chance.Next((int)Size);

    /// <summary>Whether an address is one that this class gives out.</summary>
    public static bool Covers(IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && Number(address) - First < Size;

    /// <summary>Takes the next free address.</summary>
    public IPAddress Next()
    {
        lock (_gate)
        {
            for (uint tried = 0; tried < Size; tried++)
            {
                _cursor = (_cursor + 1) % Size;
                // Network and broadcast numbers confuse people and tools.
                if ((_cursor & 0xff) is 0 or 0xff || !_taken.Add(First + _cursor))
                    continue;
                Span<byte> bytes = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(bytes, First + _cursor);
                return new IPAddress(bytes);
            }
        }
        throw new InvalidOperationException("All addresses of 127.64.0.0/10 are taken.");
    }

    /// <summary>Marks an address that a pod already has.</summary>
    public void Take(IPAddress address)
    {
        if (!Covers(address))
            return;
        lock (_gate)
        {
            _taken.Add(Number(address));
            _cursor = Math.Max(_cursor, Number(address) - First);
        }
    }

    /// <summary>Frees a pod's address.</summary>
    public void Release(IPAddress address)
    {
        if (!Covers(address))
            return;
        lock (_gate)
            _taken.Remove(Number(address));
    }

    private static uint Number(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[4];
        address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
