using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

// Purpose: enumerates what a crash at one point of a recording may leave: everything durable, plus any subset of the volatile
// units.
// Ownership: one thread; one image, changed for each state and restored after it.
// Invariants: _image equals _durable between states. A volatile unit never covers a durable write that was submitted after the
// unit's completion. Units apply in completion order, so of overlapping ones any can be the survivor.
// The sets tried (CrashStates.Choices.cs): all of them up to ten units; beyond that every prefix, all but one, only one, adjacent
// pairs, each write torn at its first, middle and last unit, and random ones. States with equal images are visited once.

/// <summary>The crash states at one point of a recording.</summary>
public sealed partial class CrashStates
{
    private const int SectorBytes = 512;

    private readonly List<CrashUnit> _units = [];
    private readonly int[] _durableSubmit;
    private readonly int[] _touched;
    private readonly byte[] _durable;
    private readonly byte[] _image;
    private readonly HashSet<ulong> _seen = [];
    private readonly int _eventCount;
    private readonly int _unitBytes;
    private readonly ulong _durableHash;
    private int _stamp;

    /// <summary>Enumerates over the arrays given, which are its own until the next states are made in them.</summary>
    internal CrashStates(
        byte[] start, IReadOnlyList<RecordedRequest> log, int eventCount, int unitBytes, CrashScratch? scratch = null)
    {
        if (unitBytes < SectorBytes || !int.IsPow2(unitBytes) || start.Length % SectorBytes != 0)
            throw new ArgumentException("units are a power of two from 512 bytes, devices whole sectors", nameof(unitBytes));
        _eventCount = eventCount;
        _unitBytes = unitBytes;
        scratch ??= NewScratch(start.Length);
        _durable = scratch.Durable;
        start.CopyTo(_durable, 0);
        _durableSubmit = scratch.DurableSubmit;
        Array.Fill(_durableSubmit, -1);
        _touched = scratch.Touched;
        Array.Clear(_touched);
        RecordedRequest[] flushes =
            [.. log.Where(r => r.Operation == DeviceOperation.Flush && r.CompleteEvent < eventCount)];
        var open = new List<RecordedRequest>();
        foreach (RecordedRequest request in log.Where(r => r.SubmitEvent < eventCount && r.Operation != DeviceOperation.Flush))
        {
            if (IsDurable(request, flushes))
                ApplyDurable(request);
            else
                open.Add(request);
        }

        foreach (RecordedRequest request in open.OrderBy(r => r.CompleteEvent).ThenBy(r => r.Sequence))
            AddUnits(request);
        _image = scratch.Image;
        _durable.CopyTo(_image, 0);
        for (int sector = 0; sector < _touched.Length; sector++)
            _durableHash ^= SectorHash(_durable, sector);
    }

    /// <summary>The volatile units in completion order.</summary>
    public IReadOnlyList<CrashUnit> Units => _units;

    /// <summary>The state in which everything volatile was lost.</summary>
    public ReadOnlySpan<byte> Durable => _durable;

    /// <summary>The arrays for the crash states of a device of so many bytes.</summary>
    internal static CrashScratch NewScratch(int bytes) => new(bytes, bytes / SectorBytes);

    private bool IsDurable(RecordedRequest request, RecordedRequest[] flushes) =>
        request.Operation != DeviceOperation.Discard && request.SucceededWithin(_eventCount)
        && (IsWrittenThrough(request, flushes) || Array.Exists(flushes, flush => Covers(flush, request, flushes)));

    private static bool IsWrittenThrough(RecordedRequest request, RecordedRequest[] flushes) =>
        request.Fua && !Array.Exists(flushes, flush => flush.Error.Failed
            && flush.CompleteEvent > request.SubmitEvent && flush.CompleteEvent < request.CompleteEvent);

    /// <summary>The flush made the request durable: no flush before had failed, and perhaps lost it.</summary>
    private static bool Covers(RecordedRequest flush, RecordedRequest request, RecordedRequest[] flushes) =>
        flush.Error.IsNone && request.CompleteEvent < flush.SubmitEvent
        && !Array.Exists(flushes, other => other.Error.Failed
            && other.CompleteEvent > request.SubmitEvent && other.CompleteEvent < flush.CompleteEvent);

    private void ApplyDurable(RecordedRequest request)
    {
        Span<byte> target = _durable.AsSpan((int)request.Offset, (int)request.Length);
        if (request.Data is { } data)
            data.CopyTo(target);
        else
            target.Clear();
        int first = (int)(request.Offset / SectorBytes);
        for (int sector = first; sector * (long)SectorBytes < request.Offset + request.Length; sector++)
            _durableSubmit[sector] = Math.Max(_durableSubmit[sector], request.SubmitEvent);
    }

    /// <summary>Cuts a request at unit boundaries, and where durable later writes lie over it.</summary>
    private void AddUnits(RecordedRequest request)
    {
        bool discard = request.Operation == DeviceOperation.Discard;
        long end = request.Offset + request.Length;
        long at = request.Offset;
        while (at < end)
        {
            if (IsCovered(request, at))
            {
                at += SectorBytes;
                continue;
            }

            long limit = discard ? end : Math.Min(end, (at / _unitBytes + 1) * _unitBytes);
            long stop = at;
            while (stop < limit && !IsCovered(request, stop))
                stop += SectorBytes;
            int length = (int)(Math.Min(stop, limit) - at);
            _units.Add(new CrashUnit(request.Sequence, at, length, request.Data, (int)(at - request.Offset), discard));
            if (discard)
                _units.Add(new CrashUnit(request.Sequence, at, length, Garbage(request.Sequence, length), 0, true));
            at += length;
        }
    }

    private bool IsCovered(RecordedRequest request, long at) => request.CompleteEvent < _durableSubmit[at / SectorBytes];

    private static byte[] Garbage(long sequence, int length)
    {
        byte[] bytes = new byte[length];
        new SeededRandom((ulong)sequence + 1).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Applies a set of units, runs <paramref name="use"/> when its image is new or <paramref name="always"/>, and
    /// restores the image. Returns whether it ran.</summary>
    private bool With(List<int> chosen, CrashStateVisitor use, bool always)
    {
        ulong hash = Apply(chosen);
        try
        {
            if (!_seen.Add(hash) && !always)
                return false;
            use(new CrashState(_image, _durableHash ^ hash, _eventCount, _units, chosen));
            return true;
        }
        finally
        {
            foreach (int index in chosen)
            {
                CrashUnit unit = _units[index];
                _durable.AsSpan((int)unit.Offset, unit.Length).CopyTo(_image.AsSpan((int)unit.Offset));
            }
        }
    }

    /// <summary>Applies the units in order and returns a hash of what differs from the durable image, whatever the way there.
    /// </summary>
    private ulong Apply(List<int> chosen)
    {
        foreach (int index in chosen)
        {
            CrashUnit unit = _units[index];
            Span<byte> target = _image.AsSpan((int)unit.Offset, unit.Length);
            if (unit.Data is { } data)
                data.AsSpan(unit.DataOffset, unit.Length).CopyTo(target);
            else
                target.Clear();
        }

        _stamp++;
        ulong hash = 0;
        foreach (int index in chosen)
        {
            CrashUnit unit = _units[index];
            int last = (int)((unit.Offset + unit.Length - 1) / SectorBytes);
            for (int sector = (int)(unit.Offset / SectorBytes); sector <= last; sector++)
            {
                if (_touched[sector] == _stamp)
                    continue;
                _touched[sector] = _stamp;
                hash ^= SectorHash(_durable, sector) ^ SectorHash(_image, sector);
            }
        }

        return hash;
    }

    private static ulong SectorHash(byte[] image, int sector)
    {
        ulong hash = (ulong)sector * 0x9E3779B97F4A7C15;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(image.AsSpan(sector * SectorBytes, SectorBytes)))
        {
            hash = (hash ^ word) * 0xD6E8FEB86659FD93;
            hash ^= hash >> 32;
        }

        return hash;
    }
}
