using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>
/// The content of a verified 512-byte sector: magic, volume, sector number, generation and side log, seeded filler, and a CRC32C,
/// so that a sector read back tells by itself which write it comes from. Pure.
/// </summary>
/// <remarks>
/// Layout (little-endian): 0 magic (8), 8 volume uuid (16), 24 sector number (8), 32 generation (4), 36 side log (4), 40 CRC32C
/// of the sector with this field zero (4), 44 zero (4), 48 filler (464).
/// </remarks>
public static class SectorPattern
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorSize = 512;

    private const ulong Magic = 0x31726F7463655345; // "ESector1"
    private const int UuidAt = 8;
    private const int SectorAt = 24;
    private const int GenerationAt = 32;
    private const int LogAt = 36;
    private const int CrcAt = 40;
    private const int FillerAt = 48;

    /// <summary>Writes the pattern of consecutive sectors, all of one generation. The length is a multiple of 512.</summary>
    public static void Fill(Span<byte> destination, in PatternIdentity identity, long firstSector, uint generation)
    {
        Invariant.That(destination.Length % SectorSize == 0);
        for (int at = 0; at < destination.Length; at += SectorSize)
            FillSector(destination.Slice(at, SectorSize), identity, firstSector + (at / SectorSize), generation);
    }

    /// <summary>Reads a sector's header; false when magic or CRC are wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> sector, out SectorHeader header)
    {
        header = default;
        if (!HasMagic(sector) || BinaryPrimitives.ReadUInt32LittleEndian(sector[CrcAt..]) != CrcOf(sector))
            return false;
        header = new SectorHeader(
            IdentityOf(sector),
            BinaryPrimitives.ReadInt64LittleEndian(sector[SectorAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sector[GenerationAt..]));
        return true;
    }

    /// <summary>
    /// Judges a sector that should hold a generation from <paramref name="oldest"/> to <paramref name="newest"/>. With
    /// <paramref name="oldest"/> 0, what the sector held before its first write is allowed too: anything that is not of this
    /// volume and log. <see cref="SectorState.Absent"/> when that is what it holds although it was written.
    /// </summary>
    public static SectorState Judge(
        ReadOnlySpan<byte> content, in PatternIdentity identity, long sector, uint oldest, uint newest)
    {
        SectorState before = newest == 0 ? SectorState.Good : SectorState.Absent;
        if (!TryRead(content, out SectorHeader header) || header.Identity.Volume != identity.Volume)
        {
            if (oldest == 0)
                return IsTornOf(content, identity, isWritten: newest != 0) ? SectorState.Damaged : before;
            return content.ContainsAnyExcept((byte)0) ? SectorState.Damaged : SectorState.Lost;
        }

        bool isOwn = header.Identity == identity;
        if (!isOwn && oldest == 0)
            return before;
        if (header.Sector != sector)
            return SectorState.Misplaced;
        if (!isOwn)
            return SectorState.Lost;
        if (header.Generation > newest || header.Generation == 0)
            return SectorState.Damaged;
        return header.Generation >= oldest ? SectorState.Good : SectorState.Lost;
    }

    /// <summary>One line on what a sector holds, for reports.</summary>
    public static string Describe(ReadOnlySpan<byte> content, in PatternIdentity identity)
    {
        if (TryRead(content, out SectorHeader header))
        {
            string owner = header.Identity == identity ? string.Empty
                : header.Identity.Volume != identity.Volume ? $"volume {header.Identity.Volume} "
                : "what an earlier side log knew: ";
            return $"{owner}sector {header.Sector} generation {header.Generation}";
        }

        if (!content.ContainsAnyExcept((byte)0))
            return "zeros";
        return HasMagic(content) ? "a torn or altered sector (CRC32C wrong)" : "no pattern";
    }

    private static bool HasMagic(ReadOnlySpan<byte> sector) => BinaryPrimitives.ReadUInt64LittleEndian(sector) == Magic;

    private static PatternIdentity IdentityOf(ReadOnlySpan<byte> sector) =>
        new(new Guid(sector.Slice(UuidAt, 16)), BinaryPrimitives.ReadUInt32LittleEndian(sector[LogAt..]));

    // A written sector that is half of this log's write and half of an earlier log's can carry either one's head.
    private static bool IsTornOf(ReadOnlySpan<byte> sector, in PatternIdentity identity, bool isWritten) =>
        HasMagic(sector) && (isWritten ? IdentityOf(sector).Volume == identity.Volume : IdentityOf(sector) == identity);

    private static void FillSector(Span<byte> sector, in PatternIdentity identity, long number, uint generation)
    {
        sector[..FillerAt].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(sector, Magic);
        identity.Volume.TryWriteBytes(sector[UuidAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[LogAt..], identity.Log);
        BinaryPrimitives.WriteInt64LittleEndian(sector[SectorAt..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[GenerationAt..], generation);
        Span<ulong> filler = MemoryMarshal.Cast<byte, ulong>(sector[FillerAt..]);
        ulong state = ((ulong)number << 32) ^ generation;
        for (int i = 0; i < filler.Length; i++)
        {
            // SplitMix64 without its last round: independent words, so that the processor overlaps them.
            ulong word = state + ((ulong)(i + 1) * 0x9E3779B97F4A7C15);
            word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
            filler[i] = word ^ (word >> 27);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(sector[CrcAt..], CrcOf(sector));
    }

    private static uint CrcOf(ReadOnlySpan<byte> sector)
    {
        Span<byte> head = stackalloc byte[FillerAt];
        sector[..FillerAt].CopyTo(head);
        head.Slice(CrcAt, sizeof(uint)).Clear();
        return Crc32C.Append(Crc32C.Append(0, head), sector[FillerAt..]);
    }
}
