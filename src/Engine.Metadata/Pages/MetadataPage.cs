// A view of one slotted page.
//
// Layout: the header; records one behind the other up to UsedBytes, freed ones among them (holes); free room; the slot directory,
// which ends with the page and grows towards its start: slot i is the 16-bit word at Size - 2 (i + 1), the record's offset / 8,
// or 0 for a free slot. The directory takes whole multiples of 8 bytes; its unused words are 0. Only the used bytes and the
// directory are ever stored or sent.
// Ownership: none; the view is as good as the caller's reference to the page. Pointers into the page last until the next call
// that changes the page.
// Invariants: every record in [HeaderBytes, UsedBytes) is a hole or is named by exactly the slot that it names; HoleBytes is the
// sum of the holes; LiveCount is the number of slots that are not 0; the last slot is not 0.

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>A view of one page whose bytes are known to be good: made here, or validated. Slots keep their numbers as long as the
/// record lives; where the record lies changes.</summary>
public readonly unsafe ref partial struct MetadataPage
{
    /// <summary>Slots that a page can have: offsets are 13 bits.</summary>
    internal const int SlotsMax = PageSize.BytesMax / RecordHeader.Unit;

    private const int SlotBytes = sizeof(ushort);

    private readonly byte* _start;

    internal MetadataPage(byte* start) => _start = start;

    /// <summary>The header.</summary>
    public ref PageHeader Header => ref *(PageHeader*)_start;

    /// <summary>Bytes of the page.</summary>
    public int Size => PageSize.Of(Header.SizeClass);

    /// <summary>Slots, free ones included; slot numbers are smaller.</summary>
    public int SlotCount => Header.SlotCount;

    /// <summary>Records.</summary>
    public int LiveCount => Header.LiveCount;

    /// <summary>Bytes that are stored or sent: those up to the last record, and the slot directory.</summary>
    public int StoredBytes => UsedBytes + DirectoryBytes(SlotCount);

    /// <summary>Bytes from the start of the page to the end of the last record.</summary>
    public int UsedBytes => (int)Header.UsedBytes;

    /// <summary>Bytes of records, header and slot directory: what compaction leaves.</summary>
    public int LiveBytes => StoredBytes - (int)Header.HoleBytes;

    /// <summary>Bytes that records do not use, holes included.</summary>
    public int FreeBytes => Size - LiveBytes;

    /// <summary>The used bytes up to the last record.</summary>
    public Span<byte> Front => new(_start, UsedBytes);

    /// <summary>The slot directory.</summary>
    public Span<byte> Directory => new(_start + Size - DirectoryBytes(SlotCount), DirectoryBytes(SlotCount));

    /// <summary>The live slots in order.</summary>
    public LiveSlots Slots => new(this);

    private ushort* DirectoryEnd => (ushort*)(_start + Size);

    /// <summary>Largest record, name included, that an empty page of the class takes.</summary>
    public static int RecordBytesMax(int sizeClass) => PageSize.Of(sizeClass) - PageHeader.Bytes - DirectoryBytes(1);

    /// <summary>Lays out an empty page over memory whose content does not matter.</summary>
    internal static MetadataPage Format(byte* start, int sizeClass, PageKind kind, DirFrag of, ulong epoch)
    {
        *(PageHeader*)start = new PageHeader
        {
            Magic = PageHeader.MagicValue,
            Major = PageHeader.MajorVersion,
            Minor = PageHeader.MinorVersion,
            Kind = kind,
            SizeClass = (byte)sizeClass,
            Ino = of.Ino,
            Frag = of.Frag.Raw,
            UsedBytes = PageHeader.Bytes,
            HeaderBytes = PageHeader.Bytes,
            Epoch = epoch,
        };
        return new MetadataPage(start);
    }

    /// <summary>The kind of the record in a slot; <see cref="RecordKind.Free"/> for a slot that names none.</summary>
    public RecordKind KindOf(int slot) => TryFind(slot, out RecordHeader* record) ? record->Kind : RecordKind.Free;

    /// <summary>The record in a live slot; a free slot is an invariant failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RecordHeader* Record(int slot)
    {
        if (!TryFind(slot, out RecordHeader* record))
            FailFree(slot, SlotCount);
        return record;
    }

    /// <summary>The name of the record in a live slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Name(int slot)
    {
        RecordHeader* record = Record(slot);
        return new ReadOnlySpan<byte>((byte*)record + record->FixedBytes, record->NameBytes);
    }

    /// <summary>Would a record of so many bytes, name included, find room, at worst after compaction?</summary>
    public bool HasRoomFor(int recordBytes) => HasRoomFor(RoundUp(recordBytes), 1);

    /// <summary>
    /// Adds a record of zeroes with its header filled in, compacting the page when that makes the room.
    /// </summary>
    /// <param name="kind">What it is.</param>
    /// <param name="fixedBytes">Bytes of its structure, a multiple of 8.</param>
    /// <param name="tailBytes">Bytes behind the structure: the name, or the attribute.</param>
    /// <param name="slot">The record's slot.</param>
    /// <returns>False when there is no room; the page is unchanged.</returns>
    public bool TryAdd(RecordKind kind, int fixedBytes, int tailBytes, out ushort slot)
    {
        if (!TryPut(kind, fixedBytes, tailBytes, out slot, out RecordHeader* record))
            return false;
        new Span<byte>(record + 1, record->TotalBytes - sizeof(RecordHeader)).Clear();
        return true;
    }

    /// <summary>The same, but for the header the record's bytes are whatever lay there: the caller fills them.</summary>
    internal bool TryPut(RecordKind kind, int fixedBytes, int tailBytes, out ushort slot, out RecordHeader* record)
    {
        int bytes = RoundUp(fixedBytes + tailBytes);
        slot = 0;
        record = null;
        if (!HasRoomFor(bytes, 1))
            return false;
        int freeSlot = FindFreeSlot();
        if (TailRoom(freeSlot) < bytes)
            Compact();
        Invariant.That(TailRoom(freeSlot) >= bytes);
        slot = (ushort)freeSlot;
        ref PageHeader header = ref Header;
        EnsureSlot(freeSlot);
        record = (RecordHeader*)(_start + header.UsedBytes);
        *record = new RecordHeader
        {
            Kind = kind,
            FixedUnits = (byte)(fixedBytes / RecordHeader.Unit),
            Units = (ushort)(bytes / RecordHeader.Unit),
            Slot = slot,
        };
        SetSlot(freeSlot, (int)header.UsedBytes);
        header.UsedBytes += (uint)bytes;
        header.LiveCount++;
        return true;
    }

    /// <summary>Frees the record in a live slot.</summary>
    public void Free(int slot)
    {
        RecordHeader* record = Record(slot);
        ref PageHeader header = ref Header;
        MakeHole(record, record->TotalBytes);
        *(DirectoryEnd - 1 - slot) = 0;
        header.LiveCount--;
        int count = header.SlotCount;
        while (count > 0 && *(DirectoryEnd - count) == 0)
            count--;
        header.SlotCount = (ushort)count;
    }

    /// <summary>
    /// Makes the record in a live slot longer or shorter behind its structure; the slot stays. Bytes that it gains are zero.
    /// Moves the record, and may compact the page.
    /// </summary>
    /// <returns>False when there is no room; the page is unchanged.</returns>
    public bool TryResize(int slot, int tailBytes)
    {
        RecordHeader* record = Record(slot);
        int oldBytes = record->TotalBytes;
        int bytes = RoundUp(record->FixedBytes + tailBytes);
        if (bytes <= oldBytes)
        {
            Shorten(record, bytes);
            return true;
        }

        int tailRoom = Size - DirectoryBytes(SlotCount) - UsedBytes;
        if (FreeBytes + oldBytes < bytes)
            return false;
        bool isLast = (byte*)record + oldBytes == _start + UsedBytes;
        if (tailRoom + (isLast ? oldBytes : 0) < bytes)
        {
            MoveToEnd(slot);
            record = Record(slot);
            isLast = true;
        }

        if (!isLast)
        {
            byte* moved = _start + UsedBytes;
            Unsafe.CopyBlockUnaligned(moved, record, (uint)oldBytes);
            Header.UsedBytes += (uint)oldBytes;
            MakeHole(record, oldBytes);
            SetSlot(slot, (int)(moved - _start));
            record = (RecordHeader*)moved;
        }

        new Span<byte>((byte*)record + oldBytes, bytes - oldBytes).Clear();
        record->Units = (ushort)(bytes / RecordHeader.Unit);
        Header.UsedBytes += (uint)(bytes - oldBytes);
        return true;
    }

    /// <summary>Moves the records together; slots keep their numbers.</summary>
    public void Compact()
    {
        ref PageHeader header = ref Header;
        if (header.HoleBytes == 0)
            return;
        byte* to = _start + header.HeaderBytes;
        byte* end = _start + header.UsedBytes;
        for (byte* from = to; from < end;)
        {
            var record = (RecordHeader*)from;
            int bytes = record->TotalBytes;
            if (record->Kind != RecordKind.Free)
            {
                SetSlot(record->Slot, (int)(to - _start));
                if (to != from)
                    Buffer.MemoryCopy(from, to, bytes, bytes);
                to += bytes;
            }

            from += bytes;
        }

        header.UsedBytes = (uint)(to - _start);
        header.HoleBytes = 0;
    }

    // Apart: a message put together where records are found would take room on the stack, cleared, of all who find one.
    [DoesNotReturn]
    private static void FailFree(int slot, int count) =>
        Invariant.Fail($"slot {slot} of a page with {count} names no record");

    /// <summary>Bytes that a slot directory of so many slots takes.</summary>
    internal static int DirectoryBytes(int slotCount) => RoundUp(slotCount * SlotBytes);

    /// <summary>Up to the next multiple of 8.</summary>
    internal static int RoundUp(int bytes) => (bytes + RecordHeader.Unit - 1) & ~(RecordHeader.Unit - 1);

    /// <summary>Would so many more records, of so many bytes together, find room, at worst after compaction? The bytes are
    /// those of whole records.</summary>
    internal bool HasRoomFor(int recordBytes, int records)
    {
        int slots = Math.Max(SlotCount, LiveCount + records);
        int room = Size - UsedBytes + (int)Header.HoleBytes - DirectoryBytes(slots);
        return recordBytes <= room && slots <= SlotsMax;
    }
}
