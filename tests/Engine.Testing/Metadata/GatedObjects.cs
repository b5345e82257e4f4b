// A store whose effects a test cuts off, fails or holds up.
//
// Ownership: the store behind it is the maker's. Invariants: what is held up goes on in its order; once the gate is shut nobody
// is told anything.

using Engine.Buffers;
using Engine.Objects;
using Engine.Testing.Objects;

namespace Engine.Testing.Metadata;

/// <summary>A store behind an <see cref="EffectGate"/>. Reading is no effect, but nobody is told what was read once the gate is
/// shut.</summary>
public sealed class GatedObjects(IObjectBackend objects, EffectGate gate) : IObjectBackend
{
    private readonly Queue<(Action Write, Submission End)> _stalled = new();
    private readonly Queue<Action> _stalledReads = new();
    private bool _stalls;
    private bool _stallsReads;

    /// <summary>Every later write and flush ends with this.</summary>
    public IoError Failure { get; set; }

    /// <summary>Writes that <see cref="Failure"/> is left for.</summary>
    public int Failures { get; set; } = int.MaxValue;

    /// <summary>Every later removal ends with this, and removes nothing unless <see cref="RemovesAllTheSame"/>.</summary>
    public IoError RemoveFailure { get; set; }

    /// <summary>A removal that fails happens all the same, and only a flush makes that durable.</summary>
    public bool RemovesAllTheSame { get; set; }

    /// <summary>The store claims that what has completed is durable.</summary>
    public bool CommitIsDurable { get; set; }

    /// <summary>Flushes that reached the store.</summary>
    public int Flushes { get; private set; }

    /// <summary>Every later read ends with this, or so many as <see cref="ReadFailures"/> says.</summary>
    public IoError ReadFailure { get; set; }

    /// <summary>How many later reads fail; all by default.</summary>
    public int ReadFailures { get; set; } = int.MaxValue;

    /// <summary>So many later reads end a byte too early.</summary>
    public int ShortReads { get; set; }

    /// <summary>Writes are begun, and do not end until this is false again.</summary>
    public bool Stalls
    {
        get => _stalls;
        set
        {
            _stalls = value;
            while (!_stalls && _stalled.TryDequeue(out (Action Write, Submission End) item))
                item.Write();
        }
    }

    /// <summary>What was begun and did not end fails.</summary>
    public void FailStalled(IoError error)
    {
        while (_stalled.TryDequeue(out (Action Write, Submission End) item))
            item.End.Complete(IoResult.Fail(error));
    }

    /// <summary>What was begun and did not end never happens: who began it is dead.</summary>
    public void DropStalled() => _stalled.Clear();

    /// <summary>Reads and questions for a length are begun, and do not end until this is false again.</summary>
    public bool StallsReads
    {
        get => _stallsReads;
        set
        {
            _stallsReads = value;
            while (!_stallsReads && _stalledReads.TryDequeue(out Action? read))
                read();
        }
    }

    /// <inheritdoc/>
    public BackendCapabilities Capabilities =>
        CommitIsDurable ? objects.Capabilities with { CommitIsDurable = true } : objects.Capabilities;

    /// <inheritdoc/>
    public void Read(in ObjectRead operation, BufferList destination, in Submission submission)
    {
        if (ReadFailure.Failed && ReadFailures > 0)
        {
            ReadFailures--;
            submission.Complete(IoResult.Fail(ReadFailure));
            return;
        }

        if (gate.IsCut)
            return;
        if (ShortReads > 0)
        {
            ShortReads--;
            submission.Complete(IoResult.Ok(operation.Length - 1));
            return;
        }

        if (!_stallsReads)
        {
            objects.Read(operation, destination, submission);
            return;
        }

        (ObjectRead late, Submission end) = (operation, submission);
        _stalledReads.Enqueue(() => objects.Read(late, destination, end));
    }

    /// <inheritdoc/>
    public void Write(in ObjectWrite operation, BufferList source, in Submission submission)
    {
        if (!gate.TryPass())
            return;
        if (Failure.Failed && Failures > 0)
        {
            Failures--;
            submission.Complete(IoResult.Fail(Failure));
            return;
        }

        if (!_stalls)
        {
            objects.Write(operation, source, submission);
            return;
        }

        (ObjectWrite late, Submission end) = (operation, submission);
        _stalled.Enqueue((() => objects.Write(late, source, end), end));
    }

    /// <inheritdoc/>
    public void Flush(in Submission submission)
    {
        if (!gate.TryPass())
            return;
        if (Failure.Failed)
        {
            submission.Complete(IoResult.Fail(Failure));
            return;
        }

        Flushes++;
        objects.Flush(submission);
    }

    /// <inheritdoc/>
    public void Discard(in ObjectRange range, in Submission submission)
    {
        if (gate.TryPass())
            objects.Discard(range, submission);
    }

    /// <inheritdoc/>
    public void WriteZeroes(in ObjectRange range, in Submission submission)
    {
        if (gate.TryPass())
            objects.WriteZeroes(range, submission);
    }

    /// <inheritdoc/>
    public void Truncate(in ObjectTarget target, long size, in Submission submission)
    {
        if (gate.TryPass())
            objects.Truncate(target, size, submission);
    }

    /// <inheritdoc/>
    public void Remove(in ObjectTarget target, in Submission submission)
    {
        if (!gate.TryPass())
            return;
        if (RemoveFailure.IsNone)
        {
            objects.Remove(target, submission);
            return;
        }

        if (RemovesAllTheSame)
            objects.Remove(target, new Submission(new CompletionLog(), 0));
        submission.Complete(IoResult.Fail(RemoveFailure));
    }

    /// <inheritdoc/>
    public void Stat(in ObjectTarget target, in Submission submission)
    {
        if (gate.IsCut)
            return;
        if (!_stallsReads)
        {
            objects.Stat(target, submission);
            return;
        }

        (ObjectTarget late, Submission end) = (target, submission);
        _stalledReads.Enqueue(() => objects.Stat(late, end));
    }

    /// <inheritdoc/>
    public void List(string prefix, ICollection<string> names, in Submission submission)
    {
        if (!gate.IsCut)
            objects.List(prefix, names, submission);
    }

    /// <inheritdoc/>
    public bool MayCopyOnWrite(in ObjectRange range) => objects.MayCopyOnWrite(range);

    /// <inheritdoc/>
    public void OverwriteExtent(in ObjectRange range, ulong oldJournalId, ulong newJournalId) =>
        objects.OverwriteExtent(range, oldJournalId, newJournalId);
}
