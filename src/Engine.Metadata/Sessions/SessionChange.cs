using System.Text;
using System.Text.Unicode;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A change of the table of sessions, as an event of the journal carries it. Stored as: format (2 bytes), kind, length
/// of the address, version, client (8 each), address.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Version">Version of the table with this change.</param>
/// <param name="Client">Whose session.</param>
/// <param name="Address">Where the client is reached; empty when it has gone.</param>
public readonly record struct SessionChange(SessionChangeKind Kind, ulong Version, ClientId Client, string Address)
{
    private const ushort Format = 1;

    /// <summary>Writes the change. False when there is no room.</summary>
    public bool TryEncode(ref BufferWriter writer)
    {
        Span<byte> address = stackalloc byte[Session.AddressBytesMax];
        int length = Encoding.UTF8.GetBytes(Address, address);
        return writer.TryWriteUInt16(Format) && writer.TryWriteByte((byte)Kind) && writer.TryWriteByte((byte)length)
            && writer.TryWriteUInt64(Version) && writer.TryWriteInt64(Client.Value) && writer.TryWriteBytes(address[..length]);
    }

    /// <summary>Reads a change from bytes that are not trusted. False when they are none; the reader's position tells
    /// where.</summary>
    public static bool TryDecode(ref BufferReader reader, out SessionChange change)
    {
        change = default;
        if (!reader.TryReadUInt16(out ushort format) || format != Format
            || !reader.TryReadByte(out byte kind)
            || kind is not ((byte)SessionChangeKind.Opened or (byte)SessionChangeKind.Closed)
            || !reader.TryReadByte(out byte length)
            || !reader.TryReadUInt64(out ulong version) || !reader.TryReadInt64(out long client)
            || !TryReadAddress(ref reader, length, out string address))
            return false;
        change = new SessionChange((SessionChangeKind)kind, version, new ClientId(client), address);
        return true;
    }

    /// <summary>Is the text, from outside, one that a session can keep?</summary>
    internal static bool IsAddress(string address) => Encoding.UTF8.GetByteCount(address) <= Session.AddressBytesMax;

    internal static bool TryReadAddress(ref BufferReader reader, byte length, out string address)
    {
        address = "";
        Span<byte> bytes = stackalloc byte[Session.AddressBytesMax];
        bytes = bytes[..length];
        if (!reader.TryReadBytes(bytes) || !Utf8.IsValid(bytes))
            return false;
        address = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
