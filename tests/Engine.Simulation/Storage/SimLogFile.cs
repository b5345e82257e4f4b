// What a simulated log keeps on its disk, over all lives of its process.
//
// Ownership: belongs to the process; each life appends through a SimLog of its own. Record bytes are copies in _bytes, which
// starts at the record _head; records before it are trimmed and dropped now and then.
// Invariants: records lie in order of their positions, none reaches into the next, now and then there is a gap between two; no
// position is 0; Start <= Durable <= End; a record is found damaged by its CRC32C alone.
using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>The content of a simulated log: records with CRC32C, a durable watermark, a fence. A crash loses a random tail of
/// what was not flushed.</summary>
public sealed class SimLogFile
{
    private const int HeaderBytes = 32;
    private const int Alignment = 8;
    private const int TrimmedKept = 1024;
    private const int GapEvery = 61;
    private const int GapAlignment = 512;

    private readonly List<Record> _records = [];
    private byte[] _bytes = new byte[1 << 16];
    private int _bytesUsed;
    private int _head;
    private long _appended;
    private bool _hasDamage;

    /// <summary>Records of which a bit was changed for good, and the fence then.</summary>
    private readonly List<(long Position, ulong Fence)> _flips = [];

    /// <summary>Position of the oldest record kept.</summary>
    public long Start { get; private set; } = GapAlignment;

    /// <summary>Position behind the newest record.</summary>
    public long End { get; private set; } = GapAlignment;

    /// <summary>Everything before it survives a crash.</summary>
    public long Durable { get; private set; } = GapAlignment;

    /// <summary>Lives below this incarnation may not append any more.</summary>
    public ulong Fence { get; internal set; }

    /// <summary>Records kept.</summary>
    public int RecordCount => _records.Count - _head;

    /// <summary>Where the next record would lie: as in logs of segments, that is not always <see cref="End"/>.</summary>
    public long NextPosition =>
        _appended % GapEvery == GapEvery - 1 ? (End + GapAlignment) & -GapAlignment : End;

    /// <summary>Room that a record of <paramref name="payloadBytes"/> takes.</summary>
    public static long SizeOf(int payloadBytes) => (HeaderBytes + (long)payloadBytes + Alignment - 1) & -Alignment;

    internal int FirstAt(long position)
    {
        int low = _head;
        int high = _records.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_records[middle].Position < position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    internal bool TryGet(int index, out Record record)
    {
        record = index < _records.Count ? _records[index] : default;
        return index < _records.Count;
    }

    internal ReadOnlySpan<byte> BytesOf(in Record record) => _bytes.AsSpan(record.Offset, record.Length);

    /// <summary>Whether the record's bytes are those that were appended.</summary>
    internal bool IsIntact(in Record record) => Crc32C.Append(0, BytesOf(record)) == record.Checksum;

    internal long Append(BufferList payload, ulong incarnation, out uint checksum)
    {
        int length = (int)payload.Length;
        if (_bytesUsed + length > _bytes.Length)
            MakeRoom(length);
        Span<byte> bytes = _bytes.AsSpan(_bytesUsed, length);
        payload.CopyTo(0, bytes);
        checksum = Crc32C.Append(0, bytes);
        long position = NextPosition;
        _appended++;
        _records.Add(new Record(position, _bytesUsed, length, checksum, incarnation));
        _bytesUsed += length;
        End = position + SizeOf(length);
        return position;
    }

    internal void MakeDurable(long position) => Durable = Math.Max(Durable, Math.Min(position, End));

    internal void Trim(long position)
    {
        _head = FirstAt(Math.Min(position, End));
        Start = _head < _records.Count ? _records[_head].Position : End;
        Durable = Math.Max(Durable, Start);
        if (_head > TrimmedKept && _head > _records.Count / 2)
            MakeRoom(0);
    }

    /// <summary>Power is lost: of what was not durable a random number of records is there afterwards, and the next one is torn,
    /// which ends the log before it.</summary>
    internal void Crash(SeededRandom random)
    {
        int first = FirstAt(Durable);
        int kept = first + random.NextInt(_records.Count - first + 1);
        if (kept < _records.Count)
        {
            End = _records[kept].Position;
            _bytesUsed = _records[kept].Offset;
            _records.RemoveRange(kept, _records.Count - kept);
        }
    }

    /// <summary>Changes one bit of a durable record other than the last; false when there is none.</summary>
    internal bool Flip(SeededRandom random)
    {
        int durable = FirstAt(Durable);
        if (durable - _head < 2)
            return false;
        Record record = _records[_head + random.NextInt(durable - _head - 1)];
        if (record.Length == 0)
            return false;
        int at = record.Offset + random.NextInt(record.Length);
        _bytes[at] ^= (byte)(1 << random.NextInt(8));
        _hasDamage = true;
        _flips.Add((record.Position, Fence));
        return true;
    }

    /// <summary>A record of which a bit was changed before the present life began, and which that life must have read.</summary>
    internal bool HasReadFlip => _flips.Exists(flip => flip.Position >= Start && flip.Fence < Fence
        && TryGet(FirstAt(flip.Position), out Record record) && record.Position == flip.Position && !IsIntact(record));

    /// <summary>Opens the log for a new life: what is there counts as durable from now on, and older lives are fenced off, unless
    /// <paramref name="isFenced"/> leaves that out.</summary>
    /// <returns>EUCLEAN when a record is damaged and records behind it prove that it had been durable.</returns>
    internal IoError Open(ulong incarnation, bool isFenced, out long damagedAt)
    {
        if (isFenced)
            Fence = incarnation;
        damagedAt = -1;
        Durable = End;
        for (int i = _head; _hasDamage && i < _records.Count; i++)
        {
            if (IsIntact(_records[i]))
                continue;
            damagedAt = _records[i].Position;
            return IoError.Damaged;
        }

        return IoError.None;
    }

    private void MakeRoom(int length)
    {
        int dropped = _head < _records.Count ? _records[_head].Offset : _bytesUsed;
        int used = _bytesUsed - dropped;
        byte[] target = _bytes;
        while (target.Length < (2 * used) + length)
            target = new byte[target.Length * 2];
        Buffer.BlockCopy(_bytes, dropped, target, 0, used);
        _bytes = target;
        _bytesUsed = used;
        _records.RemoveRange(0, _head);
        _head = 0;
        for (int i = 0; i < _records.Count; i++)
            _records[i] = _records[i] with { Offset = _records[i].Offset - dropped };
    }

    internal readonly record struct Record(long Position, int Offset, int Length, uint Checksum, ulong Incarnation)
    {
        public long Next => Position + SizeOf(Length);
    }
}
