using Engine.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Engine.Load;

// Purpose: what a side log says, replayed from its bytes. Total: any file gives a content or a SideLogException.
// Ownership: whoever called Load; the file is not kept open.
// Invariants: only a valid prefix of records counts, and it reaches at least as far as the log was synced; the first record
// behind that which is torn or blank ends the log. A flush settles the
// writes handed over before it began and completed by then; writes of an earlier session are never settled by a later one's
// flush, because nobody knows whether they reached the volume.

/// <summary>The state of every sector that a side log tells: last submitted and last flushed generation.</summary>
public sealed class SideLogContent
{
    private const int ReadBytes = 1 << 20;

    private readonly List<SideLogRecord> _pending = [];
    private readonly List<uint> _inFlight = [];

    private SideLogContent(SideLogHeader header)
    {
        Identity = header.Identity;
        VolumeBytes = header.VolumeBytes;
        Map = new GenerationMap(header.VolumeBytes);
    }

    /// <summary>The volume that the log belongs to, and the log's own id, which its patterns carry.</summary>
    public PatternIdentity Identity { get; }

    /// <summary>Length of that volume, in bytes.</summary>
    public long VolumeBytes { get; }

    /// <summary>Generations: <see cref="GenerationMap.Settled"/> is the last flushed one.</summary>
    public GenerationMap Map { get; }

    /// <summary>Bytes of the log up to the end of its last valid record.</summary>
    public long ValidBytes { get; private set; } = SideLogHeader.Size;

    /// <summary>True when a torn or altered record was cut off; blank space after the end is none.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Uuid of the volume that the log at <paramref name="path"/> belongs to; reads the log's head only.</summary>
    /// <exception cref="SideLogException">Missing, or no side log.</exception>
    public static Guid VolumeOf(string path)
    {
        using SafeFileHandle file = Open(path);
        return ReadHead(path, file, new byte[SideLogHeader.Size]).Identity.Volume;
    }

    /// <summary>Reads the log at <paramref name="path"/>.</summary>
    /// <exception cref="SideLogException">Missing, no side log, or one of which a part that was durable is gone or
    /// altered.</exception>
    public static SideLogContent Load(string path)
    {
        using SafeFileHandle file = Open(path);
        byte[] buffer = new byte[ReadBytes];
        SideLogHeader header = ReadHead(path, file, buffer);
        if (!SideLogMark.TryDecode(buffer.AsSpan(SideLogHeader.MarksAt, 2 * SideLogMark.Size), out SideLogMark mark))
            throw Bad(path, "has a damaged header");
        long length = RandomAccess.GetLength(file);
        if (length < mark.SyncedBytes)
            throw Bad(path, $"is cut off: it has {length} bytes and was synced with {mark.SyncedBytes}");
        var content = new SideLogContent(header);
        content.Replay(file, buffer);
        return content.ValidBytes >= mark.SyncedBytes ? content
            : throw Bad(path, $"is damaged: its record at byte {content.ValidBytes} is torn or altered");
    }

    private static SideLogException Bad(string path, string what) =>
        new($"the side log {path} {what}; the volume cannot be judged by it: restore it, or remove it to begin a new one");

    private static SafeFileHandle Open(string path)
    {
        if (!File.Exists(path))
            throw new SideLogException($"{path}: no side log: nothing was written to the volume with verify=crc32c, "
                + "or --log names another file");
        return File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
    }

    private static SideLogHeader ReadHead(string path, SafeFileHandle file, byte[] buffer)
    {
        int length = ReadFully(file, buffer.AsSpan(0, SideLogHeader.Size), 0);
        if (SideLogHeader.Decode(buffer.AsSpan(0, length), out SideLogHeader header) is string problem)
            throw new SideLogException($"{path}: {problem}; it is left as it is: name another file, or remove it");
        return length == SideLogHeader.Size ? header : throw Bad(path, "is cut off in its header");
    }

    /// <summary>The records that say the same as this content, as few as possible. With <paramref name="sessionGoesOn"/>, writes
    /// that no flush has covered yet can still be covered by a later one.</summary>
    internal IEnumerable<SideLogRecord> Compact(bool sessionGoesOn)
    {
        HashSet<uint> open = sessionGoesOn ? [.. _pending.Select(record => record.Generation)] : [];
        for (long sector = 0; Map.TryNextRun(sector, out GenerationRun run); sector = run.FirstSector + run.Count)
        {
            if (!open.Contains(run.Submitted))
            {
                yield return new SideLogRecord(SideLogKind.Snapshot, run.FirstSector, run.Count, run.Submitted, run.Settled);
                continue;
            }

            if (run.Settled > 0)
                yield return new SideLogRecord(SideLogKind.Snapshot, run.FirstSector, run.Count, run.Settled, run.Settled);
            yield return new SideLogRecord(SideLogKind.Submitted, run.FirstSector, run.Count, run.Submitted);
        }
    }

    private static int ReadFully(SafeFileHandle file, Span<byte> destination, long offset)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int read = RandomAccess.Read(file, destination[done..], offset + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }

    private void Replay(SafeFileHandle file, byte[] buffer)
    {
        while (true)
        {
            int length = ReadFully(file, buffer, ValidBytes);
            int at = 0;
            for (; at + SideLogRecord.Size <= length; at += SideLogRecord.Size)
            {
                ReadOnlySpan<byte> slot = buffer.AsSpan(at, SideLogRecord.Size);
                if (!SideLogRecord.TryDecode(slot, Map.SectorCount, out SideLogRecord record) || !TryApply(record))
                {
                    WasCut = slot.ContainsAnyExcept((byte)0);
                    return;
                }

                ValidBytes += SideLogRecord.Size;
            }

            if (length < buffer.Length)
            {
                WasCut = at < length;
                return;
            }
        }
    }

    private bool TryApply(in SideLogRecord record)
    {
        switch (record.Kind)
        {
            case SideLogKind.Submitted:
                Map.Submit(record.Sector, record.Count, record.Generation, busy: false);
                _pending.Add(record);
                return true;
            case SideLogKind.Snapshot:
                Map.Submit(record.Sector, record.Count, record.Generation, busy: false);
                if (record.Flushed > 0)
                    Map.Settle(record.Sector, record.Count, record.Flushed);
                return true;
            case SideLogKind.InFlight:
                _inFlight.Add(record.Generation);
                return true;
            case SideLogKind.Flushed:
                if (record.Count != _inFlight.Count)
                    return false;
                ApplyFlush(record.Generation);
                return true;
            case SideLogKind.Failed:
                uint failed = record.Generation;
                _pending.RemoveAll(write => write.Generation == failed);
                return true;
            case SideLogKind.Forgotten:
                Map.Forget(record.Sector, record.Count);
                DropPending(record);
                return true;
            default:
                return false;
        }
    }

    private void ApplyFlush(uint newest)
    {
        _pending.RemoveAll(write =>
        {
            if (write.Generation > newest || _inFlight.Contains(write.Generation))
                return false;
            Map.Settle(write.Sector, write.Count, write.Generation);
            return true;
        });
        _inFlight.Clear();
    }

    // A later flush must not settle a write whose sectors were discarded since: only the rest of its range can still be settled.
    private void DropPending(in SideLogRecord hole)
    {
        long end = hole.Sector + hole.Count;
        var rest = new List<SideLogRecord>();
        foreach (SideLogRecord write in _pending)
        {
            long writeEnd = write.Sector + write.Count;
            if (write.Sector >= end || writeEnd <= hole.Sector)
            {
                rest.Add(write);
                continue;
            }

            if (write.Sector < hole.Sector)
                rest.Add(write with { Count = (int)(hole.Sector - write.Sector) });
            if (writeEnd > end)
                rest.Add(write with { Sector = end, Count = (int)(writeEnd - end) });
        }

        _pending.Clear();
        _pending.AddRange(rest);
    }
}
