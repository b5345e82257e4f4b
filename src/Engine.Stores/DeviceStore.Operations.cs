// The operations of the contract: arguments checked and located, then handed to the steps in DeviceStore.Requests.cs.
using Engine.Buffers;
using Engine.Devices;
using Engine.Objects;

namespace Engine.Stores;

/// <remarks>
/// What the fixed mapping makes of the contract: truncation state and modification times are not kept; snapshots are refused with
/// EOPNOTSUPP; an object outside the image is EINVAL for transfers and ENOENT for truncate, remove and stat.
/// </remarks>
public sealed unsafe partial class DeviceStore
{
    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        Invariant.That(destination.Length == operation.Length);
        IoError error = Locate(operation.Target, operation.Offset, operation.Length, out long offset);
        if (error.IsNone && operation.Target.Key is { Snapshot: not ObjectKey.NoSnapshot })
            error = IoError.NotSupported;
        if (error.Failed || operation.Length == 0)
            submission.Complete(IoResult.Fail(error));
        else
            Transfer(DeviceOperation.Read, offset, destination, fua: false, operation.CallerWaits, submission);
    }

    /// <inheritdoc/>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        Invariant.That(source.Length == operation.Length);
        IoError error = Locate(operation.Target, operation.Offset, operation.Length, out long offset);
        if (error.IsNone && (operation.Replaces || operation.Snapshots is { Snapshots.Count: > 0 }))
            error = IoError.NotSupported;
        if (error.Failed || operation.Length == 0)
            submission.Complete(IoResult.Fail(error));
        else
            Transfer(DeviceOperation.Write, offset, source, operation.Fua, operation.CallerWaits, submission);
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (!TryEnter(submission, out int slot))
            return;
        ref StoreOperation operation = ref _slab[slot];
        operation.Submission = submission;
        operation.Kind = DeviceOperation.Flush;
        operation.FailuresBefore = _flushes.Failures;
        _flushes.Join(slot);
    }

    /// <summary>Discards the whole logical blocks inside the range. The range may begin and end anywhere in the object. Where the
    /// device cannot discard, nothing happens and the operation succeeds, since the content is nobody's any more; unless the
    /// store promises zeros (<see cref="BackendCapabilities.HasSparse"/>), when the device's refusal is passed on.</summary>
    public void Discard(in ObjectRange range, in Submission submission)
    {
        IoError error = LocateAny(range.Target, range.Offset, range.Length, out long offset);
        long start = (offset + _blockMask) & ~(long)_blockMask;
        long end = (offset + range.Length) & ~(long)_blockMask;
        if (error.Failed || start >= end)
        {
            submission.Complete(IoResult.Fail(error));
        }
        else if (!_device.Geometry.HasDiscard)
        {
            Interlocked.Increment(ref _discardsIgnored);
            submission.Complete(IoResult.Ok(0));
        }
        else
        {
            StartRange(DeviceOperation.Discard, start, end - start, submission);
        }
    }

    /// <summary>Zeroes the range, a multiple of the write alignment: by the device, or with blocks of zeros where it
    /// cannot.</summary>
    public void WriteZeroes(in ObjectRange range, in Submission submission)
    {
        IoError error = LocateAny(range.Target, range.Offset, range.Length, out long offset);
        if (error.IsNone && ((range.Offset | range.Length) & _blockMask) != 0)
            error = IoError.Invalid;
        if (error.Failed || range.Length == 0)
            submission.Complete(IoResult.Fail(error));
        else
            StartRange(DeviceOperation.WriteZeroes, offset, range.Length, submission);
    }

    /// <summary>Zeroes what lies behind <paramref name="size"/>, a multiple of the write alignment up to the object size. The
    /// object keeps its place and its size.</summary>
    public void Truncate(in ObjectTarget target, long size, in Submission submission)
    {
        long objectBytes = SizeOf(target.Number);
        if (objectBytes == 0)
            submission.Complete(IoResult.Fail(IoError.NoEntry));
        else if (size < 0 || size > _superblock.ObjectSize)
            submission.Complete(IoResult.Fail(IoError.Invalid));
        else
            WriteZeroes(new ObjectRange(target, Math.Min(size, objectBytes), Math.Max(0, objectBytes - size)), submission);
    }

    /// <summary>Zeroes the whole object: with a fixed mapping that is what its absence reads as.</summary>
    public void Remove(in ObjectTarget target, in Submission submission)
    {
        long objectBytes = SizeOf(target.Number);
        if (objectBytes == 0)
            submission.Complete(IoResult.Fail(IoError.NoEntry));
        else
            WriteZeroes(new ObjectRange(target, 0, objectBytes), submission);
    }

    /// <summary>Completes with the object size, or what the image has of its last object.</summary>
    public void Stat(in ObjectTarget target, in Submission submission)
    {
        long objectBytes = SizeOf(target.Number);
        submission.Complete(objectBytes == 0 ? IoResult.Fail(IoError.NoEntry) : IoResult.Ok(objectBytes));
    }

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ArgumentNullException.ThrowIfNull(names);
        long count = 0;
        string start = Image.Prefix + ".";
        bool mayMatch = start.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(start, StringComparison.Ordinal);
        for (long number = 0; mayMatch && number < _superblock.ObjectCount; number++)
        {
            string name = Striper.ObjectName(Image.Prefix, number);
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                names.Add(name);
                count++;
            }
        }

        submission.Complete(IoResult.Ok(count));
    }

    /// <summary>Never: there are no clones.</summary>
    public bool MayCopyOnWrite(in ObjectRange range) => false;

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId)
    {
        // No journal refers to this store, so there is nothing to note.
    }

    /// <summary>Bytes that the image has of an object; 0 when the object lies outside it.</summary>
    private long SizeOf(long number) =>
        number < 0 || number >= _superblock.ObjectCount
            ? 0
            : Math.Min(_superblock.ObjectSize, _superblock.LengthBytes - (number * _superblock.ObjectSize));

    /// <summary>The device offset of an aligned range; EINVAL for any other.</summary>
    private IoError Locate(in ObjectTarget target, long offset, long length, out long deviceOffset)
    {
        IoError error = LocateAny(target, offset, length, out deviceOffset);
        return error.IsNone && ((offset | length) & _blockMask) != 0 ? IoError.Invalid : error;
    }

    private IoError LocateAny(in ObjectTarget target, long offset, long length, out long deviceOffset)
    {
        deviceOffset = 0;
        long objectBytes = SizeOf(target.Number);
        if (offset < 0 || length < 0 || objectBytes == 0 || length > objectBytes || offset > objectBytes - length)
            return IoError.Invalid;
        deviceOffset = _superblock.DataOffset + (target.Number * _superblock.ObjectSize) + offset;
        return IoError.None;
    }
}
