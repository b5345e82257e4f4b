// What the toy's server keeps: values, and the newest request of each client, with the two forms it has on storage.
//
// Record: sequence, client, request, key, value (8 bytes each). Snapshot: magic, version, sequence, number of clients, values,
// (client, request) pairs, CRC32C over all before it. All little-endian.
using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Values of the keys and the last request of each client, as of a record of the log.</summary>
internal sealed class ToyState(int keys)
{
    public const int RecordBytes = 40;

    private const ulong Magic = 0x3130_4E53_594F_5400;

    private readonly SortedDictionary<long, long> _requests = [];

    /// <summary>By key.</summary>
    public long[] Values { get; } = new long[keys];

    /// <summary>Number of the last record applied, from 1.</summary>
    public long Sequence { get; private set; }

    /// <summary>Of the newest snapshot that was written.</summary>
    public ulong Version { get; set; }

    public bool IsDone(long client, long request) => _requests.GetValueOrDefault(client, -1) >= request;

    public void Apply(long client, long request, int key, long value)
    {
        Values[key] = value;
        _requests[client] = Math.Max(request, _requests.GetValueOrDefault(client, -1));
        Sequence++;
    }

    public static void WriteRecord(Span<byte> bytes, long sequence, long client, long request, int key, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], client);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], request);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], key);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], value);
    }

    /// <summary>Applies a record of the log, unless the state has it already; false when records before it are missing.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="checksSequence">Whether it is looked at, as it must.</param>
    public bool TryApplyRecord(ReadOnlySpan<byte> bytes, bool checksSequence)
    {
        long sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (sequence <= Sequence)
            return true;
        if (checksSequence && sequence > Sequence + 1)
            return false;
        Apply(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]));
        Sequence = sequence;
        return true;
    }

    public byte[] ToSnapshot(ulong version)
    {
        var words = new List<ulong> { Magic, version, (ulong)Sequence, (ulong)_requests.Count };
        words.AddRange(Values.Select(value => (ulong)value));
        foreach ((long client, long request) in _requests)
        {
            words.Add((ulong)client);
            words.Add((ulong)request);
        }

        var bytes = new byte[(words.Count * 8) + 4];
        for (int i = 0; i < words.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), words[i]);
        int body = words.Count * 8;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(body), Crc32C.Append(0, bytes.AsSpan(0, body)));
        return bytes;
    }

    /// <summary>Takes the snapshot over when it is whole and newer than what is here.</summary>
    public bool TryTakeSnapshot(ReadOnlySpan<byte> bytes)
    {
        int head = (4 + keys) * 8;
        if (bytes.Length < head + 4 || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            return false;
        ulong clients = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        if (clients > (ulong)(bytes.Length - head - 4) / 16)
            return false;
        int body = head + ((int)clients * 16);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[body..]) != Crc32C.Append(0, bytes[..body]))
            return false;
        ulong version = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (version <= Version)
            return true;
        Version = version;
        Sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        for (int i = 0; i < keys; i++)
            Values[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(32 + (i * 8))..]);
        _requests.Clear();
        for (int at = head; at < body; at += 16)
        {
            _requests[BinaryPrimitives.ReadInt64LittleEndian(bytes[at..])] =
                BinaryPrimitives.ReadInt64LittleEndian(bytes[(at + 8)..]);
        }

        return true;
    }
}
