// A store whose completions a test commands: every operation waits until the test says how it ends.
//
// Contents: Store is what reads see; Durable is what a power cut would leave. A completed write is durable at once where the
// capabilities say so or the write was FUA; otherwise it waits in _volatile for a flush that was issued after its completion.
// Checks, collected as violations (the cache may turn exceptions of a backend into EIO, so none is thrown into it): a write's
// bytes do not change while it is in flight, no two overlapping changes are in flight, a read does not run beside a discard of
// its range, and alignment, lengths and segments keep to the capabilities. AssertSound reports them.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Cache;

/// <summary>An <see cref="IObjectBackend"/> that records every operation and completes it on command, on the calling
/// thread.</summary>
public sealed partial class ManualBackend : IObjectBackend
{
    private readonly Lock _lock = new();
    private readonly BufferPool? _pool;
    private readonly TimeProvider? _clock;
    private readonly List<PendingOperation> _pending = [];
    private readonly List<PendingOperation> _history = [];
    private readonly List<PendingOperation> _untaken = [];
    private readonly List<string> _violations = [];
    private readonly Dictionary<string, long> _otherObjects = [];
    private long _issued;

    /// <summary>A backend over empty objects.</summary>
    /// <param name="capabilities">What it can do; <see cref="Default"/> when null.</param>
    /// <param name="pool">Where the cache's memory lies: blocks are then marked in flight until completion.</param>
    /// <param name="clock">Stamps operations with their time of issue.</param>
    public ManualBackend(BackendCapabilities? capabilities = null, BufferPool? pool = null, TimeProvider? clock = null)
    {
        Capabilities = capabilities ?? Default;
        _pool = pool;
        _clock = clock;
    }

    /// <summary>Byte-aligned, 1024 segments, 4 MiB a transfer; a commit is durable.</summary>
    public static BackendCapabilities Default { get; } = new()
    {
        ReadAlignment = 1,
        WriteAlignment = 1,
        SegmentsMax = 1024,
        TransferBytesMax = 4 << 20,
        CommitIsDurable = true,
    };

    public BackendCapabilities Capabilities { get; }

    /// <summary>What reads see.</summary>
    public ByteModel Store { get; } = new();

    /// <summary>What would be there after a power cut.</summary>
    public ByteModel Durable { get; } = new();

    /// <summary>Operations end inside the call that submits them.</summary>
    public bool CompletesInside { get; set; }

    /// <summary>How <see cref="CompletesInside"/> ends an operation; success when null.</summary>
    public Func<PendingOperation, IoError>? InsideError { get; set; }

    /// <summary>Reads answer with the bytes of the time of their issue instead of their completion.</summary>
    public bool SamplesReadsAtIssue { get; set; }

    /// <summary>A failed flush, or FUA write, loses all that is not durable, reported or not and done before or during it, as a
    /// device that dropped its cache does.</summary>
    public bool LosesVolatileOnFailedFlush { get; set; }

    /// <summary>Told when a failed flush has lost data, before the cache learns of the failure.</summary>
    public Action? OnVolatileLost { get; set; }

    /// <summary>Completed operations stay in <see cref="History"/>; off for very long runs.</summary>
    public bool KeepsHistory { get; set; } = true;

    /// <summary>Ranges that a write may change beyond its own bytes.</summary>
    public Func<ObjectRange, bool>? CopyOnWrite { get; set; }

    /// <summary>Most writes that were in flight together.</summary>
    public int WritesInFlightPeak { get; private set; }

    /// <summary>Bytes that reads asked for, in total.</summary>
    public long ReadBytesIssued { get; private set; }

    /// <summary>Operations not completed yet, in the order of issue.</summary>
    public IReadOnlyList<PendingOperation> Pending
    {
        get
        {
            lock (_lock)
                return [.. _pending];
        }
    }

    /// <summary>Every operation so far, in the order of issue.</summary>
    public IReadOnlyList<PendingOperation> History
    {
        get
        {
            lock (_lock)
                return [.. _history];
        }
    }

    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>The operation at a position among the pending.</summary>
    public PendingOperation PendingAt(int index)
    {
        lock (_lock)
            return _pending[index];
    }

    /// <summary>The only pending operation.</summary>
    public PendingOperation Only()
    {
        lock (_lock)
        {
            Invariant.That(_pending.Count == 1, $"one operation is pending, not {_pending.Count}: {string.Join(", ", _pending)}");
            return _pending[0];
        }
    }

    /// <summary>The pending operation with this text, for example <c>write A 0~4K</c>.</summary>
    public PendingOperation Find(string text)
    {
        lock (_lock)
        {
            foreach (PendingOperation operation in _pending)
            {
                if (operation.ToString() == text)
                    return operation;
            }

            throw new InvariantException($"no pending '{text}' among: {string.Join(", ", _pending)}");
        }
    }

    /// <summary>Texts of the operations issued since the last call, in the order of issue.</summary>
    public string[] TakeIssued()
    {
        lock (_lock)
        {
            string[] texts = [.. _untaken.Select(operation => operation.ToString())];
            _untaken.Clear();
            return texts;
        }
    }

    /// <summary>Fails when the cache broke the contract at any time, or changed the bytes of a write that is in flight
    /// now.</summary>
    public void AssertSound()
    {
        lock (_lock)
        {
            foreach (PendingOperation operation in _pending)
                CheckUnchangedLocked(operation);
            Invariant.That(_violations.Count == 0, string.Join(Environment.NewLine, _violations));
        }
    }

    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        PendingOperation pending = new(PendingKind.Read, operation.Target, submission, destination)
        {
            Sequence = Interlocked.Increment(ref _issued) - 1,
            ObjectNumber = StoreIdOf(operation.Target),
            Offset = operation.Offset,
            Length = operation.Length,
            CallerWaits = operation.CallerWaits,
            IssuedAt = Now(),
        };
        if (SamplesReadsAtIssue)
            pending.Answer = Store.Read(pending.ObjectNumber, pending.Offset, (int)pending.Length);
        Check(destination.Length == operation.Length, pending, "memory and length differ");
        CheckTransfer(pending, Capabilities.ReadAlignment);
        Accept(pending);
    }

    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        PendingOperation pending = new(PendingKind.Write, operation.Target, submission, source)
        {
            Sequence = Interlocked.Increment(ref _issued) - 1,
            ObjectNumber = StoreIdOf(operation.Target),
            Offset = operation.Offset,
            Length = operation.Length,
            Fua = operation.Fua,
            ModifiedAt = operation.ModifiedAt,
            IssuedAt = Now(),
        };
        pending.CaptureBytes();
        Check(source.Length == operation.Length, pending, "memory and length differ");
        CheckTransfer(pending, Capabilities.WriteAlignment);
        Accept(pending);
    }

    public void Flush(in Submission submission)
    {
        int covered;
        lock (_lock)
            covered = _volatile.Count;
        Accept(new PendingOperation(PendingKind.Flush, default, submission, null)
        {
            Sequence = Interlocked.Increment(ref _issued) - 1,
            ChangesCovered = covered,
            IssuedAt = Now(),
        });
    }

    public void Discard(in ObjectRange range, in Submission submission) => Accept(Ranged(PendingKind.Discard, range, submission));

    public void WriteZeroes(in ObjectRange range, in Submission submission) =>
        Accept(Ranged(PendingKind.WriteZeroes, range, submission));

    public void Truncate(in ObjectTarget target, long size, in Submission submission) =>
        Accept(Ranged(PendingKind.Truncate, new ObjectRange(target, size, long.MaxValue - size), submission));

    public void Remove(in ObjectTarget target, in Submission submission) =>
        Accept(Ranged(PendingKind.Remove, new ObjectRange(target, 0, long.MaxValue), submission));

    public void Stat(in ObjectTarget target, in Submission submission) =>
        Accept(Ranged(PendingKind.Stat, new ObjectRange(target, 0, 0), submission));

    public void List(string prefix, ICollection<string> names, in Submission submission) =>
        Accept(Ranged(PendingKind.List, default, submission));

    public bool MayCopyOnWrite(in ObjectRange range) => CopyOnWrite?.Invoke(range) ?? false;

    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId) =>
        Violate($"journal report {oldJournalId} to {newJournalId} without a journal");

    private PendingOperation Ranged(PendingKind kind, in ObjectRange range, in Submission submission) =>
        new(kind, range.Target, submission, null)
        {
            Sequence = Interlocked.Increment(ref _issued) - 1,
            ObjectNumber = StoreIdOf(range.Target),
            Offset = range.Offset,
            Length = range.Length,
            IssuedAt = Now(),
        };

    private TimeSpan Now() => _clock is null ? TimeSpan.Zero : _clock.GetElapsedTime(0);

    /// <summary>Objects of the prefix <c>s</c> keep their number; others get numbers from 2^40 on, by name.</summary>
    private long StoreIdOf(in ObjectTarget target)
    {
        if (target.Key is not { } key || key.Name.StartsWith("s.", StringComparison.Ordinal))
            return target.Number;
        lock (_lock)
        {
            if (!_otherObjects.TryGetValue(key.Name, out long id))
                _otherObjects.Add(key.Name, id = (1L << 40) + _otherObjects.Count);
            return id;
        }
    }
}
