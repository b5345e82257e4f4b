using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>Damages pages where it hurts: lengths, offsets, references, names, and anything else.</summary>
internal sealed unsafe class PageMutator(ulong seed)
{
    private static readonly int[] s_headerFields = [4, 5, 6, 7, 8, 16, 20, 24, 28, 29, 30, 32, 33, 34, 36, 37, 40, 56, 57];
    private static readonly int[] s_recordFields = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 20, 21, 24, 25, 26];
    private static readonly ulong[] s_values =
        [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0xFFFF_FFFF, ulong.MaxValue];

    private readonly SeededRandom _random = new(seed);

    /// <summary>Does one to three things to a page, and says which page.</summary>
    public int Mutate(GuardedChain chain)
    {
        int page = _random.NextInt(chain.PageCount);
        for (int i = _random.NextInt(3); i >= 0; i--)
            MutateOnce(chain, page);
        return page;
    }

    private void MutateOnce(GuardedChain chain, int index)
    {
        Span<byte> page = chain.Page(index);
        int slots = Math.Min((int)chain.Header(index).SlotCount, (page.Length - PageHeader.Bytes) / sizeof(ushort));
        int used = (int)Math.Min(chain.Header(index).UsedBytes, (uint)page.Length);
        switch (_random.NextInt(8))
        {
            case 0:
                page[_random.NextInt(Math.Max(used, 1))] ^= (byte)(1 << _random.NextInt(8));
                break;
            case 1:
                Overwrite(page, s_headerFields[_random.NextInt(s_headerFields.Length)]);
                break;
            case 2 when slots > 0:
                Overwrite(page, page.Length - (2 * (1 + _random.NextInt(slots))));
                break;
            case 3 when slots > 0:
                SwapSlots(page, slots);
                break;
            case 4:
                Overwrite(page, _random.NextInt(page.Length));
                break;
            case 5:
                CopyWithin(page, used);
                break;
            case 6 when slots > 1:
                CopyRecord(page, RecordAt(page, slots), RecordAt(page, slots));
                break;
            default:
                Overwrite(page, RecordAt(page, slots) + s_recordFields[_random.NextInt(s_recordFields.Length)]);
                break;
        }
    }

    private int RecordAt(Span<byte> page, int slots)
    {
        if (slots == 0)
            return PageHeader.Bytes;
        ushort word = BinaryPrimitives.ReadUInt16LittleEndian(page[^(2 * (1 + _random.NextInt(slots)))..]);
        return word * RecordHeader.Unit;
    }

    private void Overwrite(Span<byte> page, int at)
    {
        Span<byte> value = stackalloc byte[8];
        ulong number = _random.NextInt(3) switch
        {
            0 => s_values[_random.NextInt(s_values.Length)],
            1 => (ulong)_random.NextInt(300),
            _ => _random.Next(),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(value, number);
        int length = 1 << _random.NextInt(4);
        for (int i = 0; i < length && at + i < page.Length; i++)
            page[at + i] = value[i];
    }

    private void SwapSlots(Span<byte> page, int slots)
    {
        Span<byte> one = page.Slice(page.Length - (2 * (1 + _random.NextInt(slots))), 2);
        Span<byte> other = page.Slice(page.Length - (2 * (1 + _random.NextInt(slots))), 2);
        (one[0], one[1], other[0], other[1]) = (other[0], other[1], one[0], one[1]);
    }

    /// <summary>Makes a record say what another says, but for its place: a name or an inode is there twice.</summary>
    private void CopyRecord(Span<byte> page, int from, int to)
    {
        int first = _random.NextInt(2) == 0 ? RecordHeader.Unit : DentryFields.Bytes;
        int length = _random.NextInt(2) == 0 ? RecordHeader.Unit : LengthAt(page, from) - first;
        if (length <= 0 || Math.Max(from, to) + first + length > page.Length)
            return;
        page.Slice(from + first, length).CopyTo(page[(to + first)..]);
        if (LengthAt(page, from) == LengthAt(page, to))
            page[to + 6] = page[from + 6];
    }

    private static int LengthAt(Span<byte> page, int record) =>
        record + 4 <= page.Length ? BinaryPrimitives.ReadUInt16LittleEndian(page[(record + 2)..]) * RecordHeader.Unit : 0;

    /// <summary>Copies a part over another, as often as not a whole name or record head.</summary>
    private void CopyWithin(Span<byte> page, int used)
    {
        int length = RecordHeader.Unit << _random.NextInt(7);
        int room = Math.Max(used, length) - length;
        int from = _random.NextInt((room / RecordHeader.Unit) + 1) * RecordHeader.Unit;
        int to = _random.NextInt((room / RecordHeader.Unit) + 1) * RecordHeader.Unit;
        if (Math.Max(from, to) + length <= page.Length)
            page.Slice(from, length).CopyTo(page[to..]);
    }
}
