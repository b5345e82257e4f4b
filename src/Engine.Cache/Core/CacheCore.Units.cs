// States of the units of a block: one word of sectors, or one byte per byte where a request split a sector.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Cache;

internal sealed unsafe partial class CacheCore
{
    private const int SectorShift = 9;
    private const int SectorBytes = 1 << SectorShift;
    private const int SectorsPerBlock = CacheSettings.BlockBytes / SectorBytes;

    /// <summary>Applies a change to <c>[start, end)</c> of a block and keeps the gauges. The caller ends with <see
    /// cref="Settle"/>.</summary>
    private void Change(int block, int start, int end, UnitChange change)
    {
        ref CachedBlock b = ref _blocks[block];
        if (b.ByteMap == 0 && start == 0 && end == CacheSettings.BlockBytes && IsUniform(b.Sectors))
        {
            byte old = (byte)b.Sectors;
            byte next = UnitTransitions.Next(change, old);
            if (next != old)
            {
                b.Sectors = next * Unit.All;
                Account(ref b, old, next, CacheSettings.BlockBytes);
            }
            return;
        }
        ChangeRuns(block, start, end, change);
    }

    private void ChangeRuns(int block, int start, int end, UnitChange change)
    {
        if (_blocks[block].ByteMap == 0 && ((start | end) & (SectorBytes - 1)) != 0)
        {
            if (!WouldChange(ref _blocks[block], start, end, change))
                return;
            SplitSectors(block);
        }
        ref CachedBlock b = ref _blocks[block];
        Span<byte> units = UnitsOf(ref b, out int shift);
        int at = start >> shift;
        int stop = end >> shift;
        while (at < stop)
        {
            int run = RunLength(units[at..stop]);
            byte old = units[at];
            byte next = UnitTransitions.Next(change, old);
            if (next != old)
            {
                units.Slice(at, run).Fill(next);
                Account(ref b, old, next, run << shift);
            }
            at += run;
        }
    }

    private bool WouldChange(ref CachedBlock b, int start, int end, UnitChange change)
    {
        foreach (byte unit in UnitsIn(ref b, start, end))
        {
            if (UnitTransitions.Next(change, unit) != unit)
                return true;
        }
        return false;
    }

    private Span<byte> UnitsOf(ref CachedBlock b, out int shift)
    {
        if (b.ByteMap == 0)
        {
            shift = SectorShift;
            return MemoryMarshal.CreateSpan(ref Unsafe.As<ulong, byte>(ref b.Sectors), SectorsPerBlock);
        }
        shift = 0;
        return MemoryMarshal.CreateSpan(ref _byteMaps[b.ByteMap].Units[0], CacheSettings.BlockBytes);
    }

    /// <summary>The units that <c>[start, end)</c> touches, whole sectors included.</summary>
    private Span<byte> UnitsIn(ref CachedBlock b, int start, int end)
    {
        Span<byte> units = UnitsOf(ref b, out int shift);
        return units[(start >> shift)..((end + (1 << shift) - 1) >> shift)];
    }

    private static bool IsUniform(ulong sectors) => sectors == (byte)sectors * Unit.All;

    private static int RunLength(ReadOnlySpan<byte> units)
    {
        int other = units.IndexOfAnyExcept(units[0]);
        return other < 0 ? units.Length : other;
    }

    /// <summary>The next run of equal units at or after byte <paramref name="at"/>, clipped to <paramref name="end"/>.</summary>
    private int NextRun(ref CachedBlock b, int at, int end, out byte unit)
    {
        Span<byte> units = UnitsOf(ref b, out int shift);
        int first = at >> shift;
        unit = units[first];
        int run = RunLength(units[first..]);
        return Math.Min(end, (first + run) << shift);
    }

    private bool AllHave(ref CachedBlock b, int start, int end, byte mark)
    {
        foreach (byte unit in UnitsIn(ref b, start, end))
        {
            if ((unit & mark) == 0)
                return false;
        }
        return true;
    }

    private Summary Summarise(ref CachedBlock b)
    {
        if (b.ByteMap == 0 && IsUniform(b.Sectors))
            return new Summary(1 << Unit.Code((byte)b.Sectors), (byte)b.Sectors);
        ReadOnlySpan<byte> units = UnitsOf(ref b, out _);
        int codes = 0;
        int marks = 0;
        while (!units.IsEmpty)
        {
            codes |= 1 << Unit.Code(units[0]);
            marks |= units[0];
            units = units[RunLength(units)..];
        }
        return new Summary(codes, (byte)marks);
    }

    private void SplitSectors(int block)
    {
        int map = _byteMaps.Allocate();
        ref CachedBlock b = ref _blocks[block];
        Span<byte> bytes = MemoryMarshal.CreateSpan(ref _byteMaps[map].Units[0], CacheSettings.BlockBytes);
        for (int i = 0; i < SectorsPerBlock; i++)
            bytes.Slice(i << SectorShift, SectorBytes).Fill((byte)(b.Sectors >> (8 * i)));
        b.ByteMap = map;
    }

    /// <summary>Returns to sector states once every sector is uniform again.</summary>
    private void TryJoinSectors(ref CachedBlock b)
    {
        Span<byte> bytes = UnitsOf(ref b, out _);
        ulong sectors = 0;
        for (int i = 0; i < SectorsPerBlock; i++)
        {
            Span<byte> sector = bytes.Slice(i << SectorShift, SectorBytes);
            if (RunLength(sector) != SectorBytes)
                return;
            sectors |= (ulong)sector[0] << (8 * i);
        }
        _byteMaps.Free(b.ByteMap);
        b.ByteMap = 0;
        b.Sectors = sectors;
    }

    private void Account(ref CachedBlock b, byte old, byte next, int bytes)
    {
        int from = Unit.Code(old);
        int to = Unit.Code(next);
        _gauges[from] -= bytes;
        _gauges[to] += bytes;
        int unstable = ((next & Unit.Unstable) != 0 ? bytes : 0) - ((old & Unit.Unstable) != 0 ? bytes : 0);
        _unstableBytes += unstable;
        int dirty = (IsDirtyOrTx(to) ? bytes : 0) - (IsDirtyOrTx(from) ? bytes : 0);
        int rx = (to == Unit.Rx ? bytes : 0) - (from == Unit.Rx ? bytes : 0);
        if ((dirty | rx) == 0)
            return;
        ObjectSet set = SetOf(b.Object);
        bool wasDirty = set.DirtyOrTxBytes != 0;
        set.DirtyOrTxBytes += dirty;
        set.RxBytes += rx;
        Invariant.That(set.DirtyOrTxBytes >= 0 && set.RxBytes >= 0);
        if (wasDirty && set.DirtyOrTxBytes == 0)
            _cleanedSets.Add(set);
    }

    private static bool IsDirtyOrTx(int code) => code is (Unit.Dirty & 7) or (Unit.Tx & 7);
}
