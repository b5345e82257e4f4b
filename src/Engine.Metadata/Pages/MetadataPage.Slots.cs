using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>The slot directory, and the room that records lie in.</content>
public readonly unsafe ref partial struct MetadataPage
{
    /// <summary>The checksum of the page's stored bytes, taken with its field zero.</summary>
    internal uint ComputeCrc()
    {
        ReadOnlySpan<byte> front = Front;
        uint crc = Crc32C.Append(0, front[..PageHeader.CrcOffset]);
        crc = Crc32C.Append(crc, [0, 0, 0, 0]);
        crc = Crc32C.Append(crc, front[(PageHeader.CrcOffset + sizeof(uint))..]);
        return Crc32C.Append(crc, Directory);
    }

    /// <summary>The word of a slot that the page of that class has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int SlotAt(byte* start, int sizeClass, int slot) =>
        *((ushort*)(start + PageSize.Of(sizeClass)) - 1 - slot);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryFind(int slot, out RecordHeader* record)
    {
        int offset = (uint)slot < (uint)SlotCount ? *(DirectoryEnd - 1 - slot) * RecordHeader.Unit : 0;
        record = (RecordHeader*)(_start + offset);
        return offset != 0;
    }

    private void SetSlot(int slot, int offset) => *(DirectoryEnd - 1 - slot) = (ushort)(offset / RecordHeader.Unit);

    /// <summary>The lowest free slot; <see cref="SlotCount"/> when a new one is needed.</summary>
    private int FindFreeSlot()
    {
        int count = SlotCount;
        if (LiveCount == count)
            return count;
        // Slot 0 is the last word of the directory.
        return count - 1 - new ReadOnlySpan<ushort>(DirectoryEnd - count, count).LastIndexOf((ushort)0);
    }

    /// <summary>Room behind the last record once the directory holds <paramref name="slot"/>.</summary>
    private int TailRoom(int slot) => Size - DirectoryBytes(Math.Max(SlotCount, slot + 1)) - UsedBytes;

    private void EnsureSlot(int slot)
    {
        ref PageHeader header = ref Header;
        if (slot < header.SlotCount)
            return;
        int before = DirectoryBytes(header.SlotCount);
        int after = DirectoryBytes(slot + 1);
        new Span<byte>(_start + Size - after, after - before).Clear();
        header.SlotCount = (ushort)(slot + 1);
    }

    /// <summary>Leaves a hole where a record lay, or takes the bytes back when nothing lies behind.</summary>
    private void MakeHole(RecordHeader* record, int bytes)
    {
        ref PageHeader header = ref Header;
        if ((byte*)record + bytes == _start + header.UsedBytes)
        {
            header.UsedBytes -= (uint)bytes;
            return;
        }

        *record = new RecordHeader { Units = (ushort)(bytes / RecordHeader.Unit) };
        header.HoleBytes += (uint)bytes;
    }

    private void Shorten(RecordHeader* record, int bytes)
    {
        int surplus = record->TotalBytes - bytes;
        if (surplus == 0)
            return;
        record->Units = (ushort)(bytes / RecordHeader.Unit);
        MakeHole((RecordHeader*)((byte*)record + bytes), surplus);
    }

    /// <summary>Compacts the page so that the record of <paramref name="slot"/> is its last.</summary>
    private void MoveToEnd(int slot)
    {
        Compact();
        RecordHeader* record = Record(slot);
        int bytes = record->TotalBytes;
        byte* start = (byte*)record;
        byte* end = _start + UsedBytes;
        for (byte* at = start + bytes; at < end; at += ((RecordHeader*)at)->TotalBytes)
            SetSlot(((RecordHeader*)at)->Slot, (int)(at - bytes - _start));

        // Rotates the bytes from the record to the end by three reversals: in place, whatever the lengths.
        var all = new Span<byte>(start, (int)(end - start));
        all[..bytes].Reverse();
        all[bytes..].Reverse();
        all.Reverse();
        SetSlot(slot, (int)(end - bytes - _start));
    }

    /// <summary>Enumerates live slots by number.</summary>
    public ref struct LiveSlots
    {
        private readonly MetadataPage _page;
        private int _slot;

        internal LiveSlots(MetadataPage page)
        {
            _page = page;
            _slot = -1;
        }

        /// <summary>The live slot reached.</summary>
        public readonly int Current => _slot;

        /// <summary>Itself, for foreach.</summary>
        public readonly LiveSlots GetEnumerator() => this;

        /// <summary>Goes to the next live slot.</summary>
        public bool MoveNext()
        {
            int count = _page.SlotCount;
            while (++_slot < count)
            {
                if (*(_page.DirectoryEnd - 1 - _slot) != 0)
                    return true;
            }

            return false;
        }
    }
}
