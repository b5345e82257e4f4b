// A log in memory, which a test stalls, fills, fails and crashes.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Metadata;

/// <summary>A log in memory. What was not flushed is lost by <see cref="Crash"/>; completions come inside the call.</summary>
public sealed class MemoryLog : ILog
{
    private readonly List<(long Position, byte[] Payload)> _records = [];
    private readonly List<Submission> _stalled = [];

    /// <inheritdoc/>
    public long Start { get; private set; } = 1;

    /// <inheritdoc/>
    public long End { get; private set; } = 1;

    /// <inheritdoc/>
    public long Durable { get; private set; } = 1;

    /// <summary>Most bytes kept; an append beyond ends with ENOSPC.</summary>
    public long BytesMax { get; set; } = long.MaxValue;

    /// <summary>Every append ends with this, and may be tried again; none by default.</summary>
    public IoError Refusal { get; set; }

    /// <summary>Keeps nothing of what is appended, and cannot be read any more: it is not what is measured.</summary>
    public bool Forgets { get; set; }

    /// <summary>Most bytes that were kept at a time.</summary>
    public long BytesPeak { get; private set; }

    /// <inheritdoc/>
    public long Capacity => BytesMax;

    /// <inheritdoc/>
    public long Room => BytesMax == long.MaxValue ? long.MaxValue : Math.Max(0, BytesMax - (End - Start));

    /// <inheritdoc/>
    public int RecordBytesMax { get; set; } = 16 << 20;

    /// <inheritdoc/>
    public ulong Incarnation { get; private set; }

    /// <summary>Every later append and flush ends with this.</summary>
    public IoError Failure { get; set; }

    /// <summary>Flushes are begun and do not end, until this is over or the next crash.</summary>
    public bool StallsFlushes
    {
        get;
        set
        {
            field = value;
            if (!value)
                EndStalled();
        }
    }

    /// <summary>Records kept.</summary>
    public int Count => _records.Count;

    /// <summary>Records that are not durable.</summary>
    public int UnsafeCount => _records.Count(record => record.Position >= Durable);

    /// <summary>As many of those the next crash leaves all the same: the device had written them.</summary>
    public int Spared { get; set; }

    /// <summary>Payload of a record, to be damaged.</summary>
    public byte[] Payload(int index) => _records[index].Payload;

    /// <summary>Loses what is not durable, but for what is spared.</summary>
    public void Crash()
    {
        foreach ((long at, byte[] payload) in _records.Where(record => record.Position >= Durable).Take(Spared).ToList())
            Durable = at + Math.Max(1, payload.Length);
        Spared = 0;
        _records.RemoveAll(record => record.Position >= Durable);
        End = Durable;
        _stalled.Clear();
        StallsFlushes = false;
    }

    /// <inheritdoc/>
    public IoError Append(BufferList payload, out long position)
    {
        position = End;
        if (Failure.Failed)
            return Failure;
        if (payload.Length > RecordBytesMax)
            return IoError.TooLong;
        if (Refusal.Failed || Room < payload.Length)
            return Refusal.Failed ? Refusal : IoError.NoSpace;
        if (!Forgets)
            _records.Add((End, Copy(payload)));
        End += Math.Max(1, payload.Length);
        BytesPeak = Math.Max(BytesPeak, End - Start);
        return IoError.None;
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (StallsFlushes)
        {
            _stalled.Add(submission);
            return;
        }

        if (Failure.IsNone)
            Durable = End;
        submission.Complete(IoResult.Fail(Failure));
    }

    /// <inheritdoc/>
    public void Read(long position, LogBatch batch, in Submission submission)
    {
        batch.Clear(position);
        foreach ((long at, byte[] payload) in _records)
        {
            if (at < position || at >= Durable || batch.Payload.Length >= batch.BytesMax)
                continue;
            Invariant.That(batch.Payload.TryAppendCopy(payload));
            batch.Add(at, payload.Length, at + Math.Max(1, payload.Length));
        }

        submission.Complete(IoResult.Ok(batch.Payload.Length));
    }

    /// <inheritdoc/>
    public void Trim(long position, in Submission submission)
    {
        _records.RemoveAll(record => record.Position < position);
        Start = Math.Max(Start, position);
        submission.Complete(IoResult.Ok(0));
    }

    /// <inheritdoc/>
    public void Fence(ulong incarnation, in Submission submission)
    {
        Incarnation = incarnation;
        submission.Complete(IoResult.Ok(0));
    }

    private static byte[] Copy(BufferList payload)
    {
        byte[] bytes = new byte[payload.Length];
        payload.CopyTo(0, bytes);
        return bytes;
    }

    private void EndStalled()
    {
        Submission[] stalled = [.. _stalled];
        _stalled.Clear();
        foreach (Submission submission in stalled)
            Flush(submission);
    }
}
