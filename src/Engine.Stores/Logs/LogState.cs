// Where a log's records begin, and how far they were durable when this was written.
//
// Layout, little-endian, a block of 4096. Two copies, written one after the other, each durable before the next: one of them is
// always whole. The one of the newer incarnation, then of the higher sequence, is current.
//
//     0  8  magic "ENGINELS"      32  8  sequence                       64  4  jumps
//     8  4  format version        40  8  start                          68  4  zero
//    12  4  record length, 4096   48  8  tail                           72     jumps: cut, resume, 8 bytes each
//    16 16  uuid                  56  8  incarnation of the tail      4092  4  CRC32C of bytes 0..4091
//
// All records before the tail were durable: what is missing there is damage. From the tail on, records count only if the tail's
// incarnation or a newer one wrote them: what an older one left there was never acknowledged.
// A jump: the records of the log end at the cut and go on at resume. Between them lies what an incarnation that was alive when
// it was taken over may still have written.
using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Stores;

internal sealed record LogState
{
    public const int BlockBytes = 4096;
    public const int JumpsMax = 250;

    private const uint CurrentVersion = 1;
    private const int JumpsAt = 72;
    private const int ChecksumAt = BlockBytes - 4;

    public required Guid Uuid { get; init; }

    public required ulong Sequence { get; init; }

    public required long Start { get; init; }

    public required long Tail { get; init; }

    public required ulong TailIncarnation { get; init; }

    public required IReadOnlyList<(long Cut, long Resume)> Jumps { get; init; }

    private static ReadOnlySpan<byte> Magic => "ENGINELS"u8;

    /// <summary>Where the records go on that end at <paramref name="position"/>; 0 when there is no jump.</summary>
    public long ResumeOf(long position)
    {
        foreach ((long cut, long resume) in Jumps)
        {
            if (cut == position)
                return resume;
        }

        return 0;
    }

    public bool IsNewerThan(LogState? other) =>
        other is null || TailIncarnation > other.TailIncarnation
        || (TailIncarnation == other.TailIncarnation && Sequence > other.Sequence);

    public void Encode(Span<byte> block)
    {
        Invariant.That(Jumps.Count <= JumpsMax);
        block.Clear();
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[8..], CurrentVersion);
        BinaryPrimitives.WriteInt32LittleEndian(block[12..], BlockBytes);
        Uuid.TryWriteBytes(block[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], Start);
        BinaryPrimitives.WriteInt64LittleEndian(block[48..], Tail);
        BinaryPrimitives.WriteUInt64LittleEndian(block[56..], TailIncarnation);
        BinaryPrimitives.WriteInt32LittleEndian(block[64..], Jumps.Count);
        int at = JumpsAt;
        foreach ((long cut, long resume) in Jumps)
        {
            BinaryPrimitives.WriteInt64LittleEndian(block[at..], cut);
            BinaryPrimitives.WriteInt64LittleEndian(block[(at + 8)..], resume);
            at += 16;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumAt..], Crc32C.Append(0, block[..ChecksumAt]));
    }

    /// <summary>Null for anything but an intact state of the log <paramref name="uuid"/>.</summary>
    public static LogState? Decode(ReadOnlySpan<byte> block, Guid uuid)
    {
        if (!block.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumAt..]) != Crc32C.Append(0, block[..ChecksumAt])
            || BinaryPrimitives.ReadUInt32LittleEndian(block[8..]) != CurrentVersion
            || new Guid(block.Slice(16, 16), bigEndian: true) != uuid)
            return null;
        int count = BinaryPrimitives.ReadInt32LittleEndian(block[64..]);
        if (count is < 0 or > JumpsMax)
            return null;
        var jumps = new (long Cut, long Resume)[count];
        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> jump = block[(JumpsAt + (16 * index))..];
            jumps[index] = (BinaryPrimitives.ReadInt64LittleEndian(jump), BinaryPrimitives.ReadInt64LittleEndian(jump[8..]));
            if (jumps[index].Cut <= 0 || jumps[index].Resume <= jumps[index].Cut)
                return null;
        }

        var state = new LogState
        {
            Uuid = uuid,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(block[32..]),
            Start = BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            Tail = BinaryPrimitives.ReadInt64LittleEndian(block[48..]),
            TailIncarnation = BinaryPrimitives.ReadUInt64LittleEndian(block[56..]),
            Jumps = jumps,
        };
        return state.Start > 0 && state.Tail >= state.Start ? state : null;
    }
}
