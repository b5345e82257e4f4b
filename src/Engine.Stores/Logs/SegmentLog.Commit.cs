// From gathered records to acknowledged ones.
//
// A write goes out when a flush wants its records or when it is full, and while fewer than WritesMax are in flight; meanwhile
// appended records gather in the open one, so that what many flushes ask for goes out together. Durable is a prefix: a write
// counts when it and all before it are on the medium, either because it was written through (FUA: used where it is the device's
// own, and while everything before it is, too), or by a device flush that was submitted after its completion. One flush at a
// time covers everything written by then: of two, one could fail, lose what the other one covers, and be told after it. Before
// a prefix is acknowledged the superblock is read: if it names another incarnation, nothing is ever acknowledged again.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <content>Writes, flushes and acknowledgement.</content>
public abstract partial class SegmentLog
{
    private const int ExpectedAt = 2 * LogLayout.BlockBytes;

    private readonly Sink _commitSink;

    /// <summary>Three blocks: the superblock as last read, the state being written, the superblock as it ought to be.</summary>
    private readonly DeviceScratch _scratch;

    private readonly Queue<Waiter> _waiters = new();
    private readonly Queue<LogWrite> _sealed = new();

    /// <summary>Writes submitted and not yet acknowledged, in the order of positions.</summary>
    private readonly List<LogWrite> _order = [];
    private readonly Dictionary<ulong, LogWrite> _byToken = [];
    private ulong _lastToken = (ulong)Step.Write;
    private int _inFlight;

    /// <summary>Device flushes under way, one a device; all belong to one round.</summary>
    private int _flushes;
    private long _flushCover;
    private long _flushTarget;
    private long _probeCover;
    private bool _isProbing;

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        lock (_gate)
        {
            if (_error.Failed || _durable == _end)
            {
                FinishLocked(submission, IoResult.Fail(_error));
            }
            else
            {
                _waiters.Enqueue(new Waiter(_end, submission));
                _flushTarget = _end;
                PumpLocked();
            }
        }

        Work();
    }

    private void PumpLocked()
    {
        while (_error.IsNone && _inFlight < _options.WritesMax)
        {
            if (_sealed.Count == 0 && _open is not null && _flushTarget > _open.Start)
                SealOpenLocked();
            if (!_sealed.TryDequeue(out LogWrite? write))
                return;
            SubmitLocked(write);
        }
    }

    private void SubmitLocked(LogWrite write)
    {
        IoError error = _space.Locate(SegmentOf(write.Start), out IBlockDevice? device, out long offset);
        if (error.Failed)
        {
            RecycleLocked(write);
            FailLocked(error);
            return;
        }

        write.Device = device;
        write.DeviceOffset = offset + (write.Start % _segmentBytes);
        write.Fua = WritesThrough(device!) && write.Start < _flushTarget && _order.TrueForAll(static earlier => earlier.Fua);
        _order.Add(write);
        _inFlight++;
        _byToken.Add(++_lastToken, write);
        RequestLocked(device!, write.NextRequest(_commitSink, _lastToken));
    }

    /// <summary>The device makes a write durable itself, or has nothing volatile. For others the kernel would flush behind each
    /// write, and tell a flush that failed to its writer only.</summary>
    private bool WritesThrough(IBlockDevice device) =>
        _options.UsesFua && device.Geometry is not { HasWriteCache: true, HasFua: false };

    private void RequestLocked(IBlockDevice device, in DeviceRequest request) =>
        _effects.Enqueue(new Effect { Device = device, Request = request });

    private void Completed(ulong token, IoResult result)
    {
        lock (_gate)
        {
            switch ((Step)token)
            {
                case Step.Flush:
                    FlushedLocked(result);
                    break;
                case Step.Probe:
                    ProbedLocked(result);
                    break;
                case Step.FirstState:
                case Step.SecondState:
                    StoredLocked((Step)token, result);
                    break;
                default:
                    WrittenLocked(token, result);
                    break;
            }

            if (_error.IsNone)
            {
                PumpLocked();
                AdvanceLocked();
            }

            Monitor.PulseAll(_gate);
        }

        Work();
    }

    private void WrittenLocked(ulong token, IoResult result)
    {
        LogWrite write = _byToken[token];
        if (!write.TryFinish(result, out IoError error) && _error.IsNone)
        {
            RequestLocked(write.Device!, write.NextRequest(_commitSink, token));
            return;
        }

        _byToken.Remove(token);
        _inFlight--;
        _pendingBytes -= write.Length;
        write.Release();
        write.IsWritten = true;
        write.IsOnMedium = write.Fua;
        if (error.Failed)
            FailLocked(error);
        if (!_error.Failed)
            return;
        _order.Remove(write);
        RecycleLocked(write);
    }

    private void FlushedLocked(IoResult result)
    {
        _flushes--;
        if (result.Failed)
            FailLocked(result.Error);
        if (_flushes > 0 || _error.Failed)
            return;
        if (_flushingState != default)
            StateStoredLocked(_flushingState);
        _flushingState = default;
        foreach (LogWrite write in _order)
        {
            if (write.End <= _flushCover)
                write.IsOnMedium = true;
        }
    }

    private void AdvanceLocked()
    {
        long written = _durable;
        long onMedium = _durable;
        foreach (LogWrite write in _order)
        {
            if (!write.IsWritten)
                break;
            if (write.IsOnMedium && onMedium == written)
                onMedium = write.End;
            written = write.End;
        }

        if (onMedium > _durable && !_isProbing)
            ProbeLocked(onMedium);
        bool isWanted = _waiters.TryPeek(out Waiter first) && first.Position > onMedium && first.Position <= written;
        if ((isWanted || _writtenState != default) && _flushes == 0)
            FlushDevicesLocked(isWanted ? written : _durable);
    }

    private void FlushDevicesLocked(long cover)
    {
        var flush = new DeviceRequest { Operation = DeviceOperation.Flush, Token = (ulong)Step.Flush, Sink = _commitSink };
        _flushCover = cover;
        IBlockDevice? last = null;
        (_flushingState, _writtenState) = (_writtenState, default);
        if (_flushingState != default)
        {
            last = _space.Header;
            _flushes++;
            RequestLocked(last, flush);
        }

        foreach (LogWrite write in _order)
        {
            // The order of positions is the order of segments: a device appears in one run.
            if (write.End > cover || write.IsOnMedium || write.Device == last)
                continue;
            last = write.Device!;
            _flushes++;
            RequestLocked(last, flush);
        }
    }

    private void ProbeLocked(long cover)
    {
        _isProbing = true;
        _probeCover = cover;
        RequestLocked(_space.Header, _scratch.ReadRequest(LogLayout.FirstSuperblock, 0, (ulong)Step.Probe, _commitSink));
    }

    private void ProbedLocked(IoResult result)
    {
        _isProbing = false;
        IoError error = StandingLocked(result);
        if (error.Failed)
        {
            FailLocked(error);
            return;
        }

        if (_error.Failed)
            return;
        if (_probeCover > _durable)
            AcknowledgeLocked(_probeCover);
        StoreLocked();
    }

    /// <summary>Whether the superblock that was read lets this incarnation go on.</summary>
    private IoError StandingLocked(IoResult result)
    {
        if (result.Failed || result.Bytes < LogLayout.BlockBytes)
            return result.Failed ? result.Error : IoError.Io;
        Span<byte> read = _scratch.Bytes[..LogLayout.BlockBytes];
        if (read.SequenceEqual(_scratch.Bytes.Slice(ExpectedAt, LogLayout.BlockBytes)))
            return IoError.None;
        SuperblockState state = LogSuperblock.Decode(read, out LogSuperblock? found, out _);
        if (state == SuperblockState.Damaged)
            return IoError.Damaged;
        bool isOurs = found?.Uuid == _superblock.Uuid
            && (found.Incarnation == _superblock.Incarnation || found.Incarnation == _raisedIncarnation);
        return isOurs ? IoError.None : IoError.Stale;
    }

    private void AcknowledgeLocked(long position)
    {
        _durable = position;
        int done = 0;
        while (done < _order.Count && _order[done].End <= position)
            _free.Add(_order[done++]);
        _order.RemoveRange(0, done);
        while (_waiters.TryPeek(out Waiter waiter) && waiter.Position <= position)
            FinishLocked(_waiters.Dequeue().Submission, IoResult.Ok(0));
    }
}
