using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>What clients of a run did to attributes and saw of them: by requests, and by flushes of what they wrote under
/// capabilities.</summary>
internal sealed class AttributeWatch
{
    /// <summary>Mark of a run: inodes whose attributes were judged.</summary>
    public const string InodesJudged = "inodes whose attributes were judged";

    /// <summary>Those of them for which the search was given up.</summary>
    public const string InodesUndecided = "inodes whose attributes could not be judged";

    /// <summary>Operations in their histories.</summary>
    public const string OperationsJudged = "operations on attributes";

    private readonly History<AttributeOperation> _history = new();
    private readonly Dictionary<long, (AttributeOperation Operation, int At)> _pending = [];
    private readonly List<(int At, ulong Life, long Size)> _abandoned = [];

    /// <summary>The shortest length that a request without an answer may set.</summary>
    public long LeastSizeUnderWay
    {
        get
        {
            long least = long.MaxValue;
            foreach ((AttributeOperation operation, _) in _pending.Values)
                least = Math.Min(least, SizeSet(operation));
            foreach ((_, _, long size) in _abandoned)
                least = Math.Min(least, size);
            return least;
        }
    }

    /// <summary>A request goes out.</summary>
    public void Invoked(long number, ClientRequest request)
    {
        AttributeChanges changes = request.Changes;
        AttributeOperation? operation = request.Op switch
        {
            ClientOp.Create => New(AttributeAction.Make, new AttributesState(changes.Mode!.Value, 0, AttributesState.Unseen)),
            ClientOp.SetAttributes => New(AttributeAction.Set, new AttributesState(
                changes.Mode ?? AttributesState.Unseen,
                changes.Size ?? AttributesState.Unseen,
                changes.ModifiedAt ?? AttributesState.Unseen)),
            ClientOp.Lookup or ClientOp.GetAttributes or ClientOp.Open => New(AttributeAction.Read, AttributesState.None),
            _ => null,
        };
        if (operation is { } begun)
            _pending.Add(number, (begun, _history.Invoke(0, begun)));
    }

    /// <summary>A request is over, and what it did is safe.</summary>
    /// <param name="number">The request.</param>
    /// <param name="reply">The answer.</param>
    /// <param name="isFirst">It was asked once: an answer to a repetition tells what is there by then.</param>
    public void Responded(long number, ClientReply reply, bool isFirst)
    {
        if (!_pending.Remove(number, out (AttributeOperation Operation, int At) pending))
            return;
        ulong ino = reply.Error.IsNone ? reply.Stat.Ino.Value : 0;
        if (reply.Error.IsNone && ino == 0)
        {
            _history.Expire(pending.At);
            return;
        }

        bool tells = reply.Stat.Type == InodeType.File && (isFirst || pending.Operation.Action == AttributeAction.Read);
        AttributesState seen = tells
            ? new AttributesState(reply.Stat.Mode, reply.Stat.Size, reply.Stat.ModifiedAt)
            : AttributesState.None;
        _history.Respond(pending.At, pending.Operation with { Ino = ino, Seen = seen });
    }

    /// <summary>Nobody will hear what became of a request.</summary>
    public void Abandoned(long number, ulong life)
    {
        if (_pending.Remove(number, out (AttributeOperation Operation, int At) pending))
            _abandoned.Add((pending.At, life, SizeSet(pending.Operation)));
    }

    /// <summary>A flush goes out.</summary>
    /// <returns>Its place in the history.</returns>
    public int Flushing(SimFlush flush)
    {
        // One who may be alone says when it was modified; whether the rank takes him to be alone is the rank's to know.
        bool isSure = (flush.Bits & CapBits.FileExclusive) == 0;
        AttributesState set = new(AttributesState.Unseen, flush.Size, isSure ? flush.Size : AttributesState.Unseen);
        return _history.Invoke(0, New(AttributeAction.Flush, set) with { Ino = flush.Ino.Value });
    }

    /// <summary>A flush was acknowledged. What the rank did not take of it did not happen.</summary>
    public void Flushed(SimFlush flush, bool isTaken)
    {
        if (isTaken)
            _history.Respond(flush.At, _history.OperationAt(flush.At));
        else
            _history.Expire(flush.At);
    }

    /// <summary>Nobody will hear what became of a flush.</summary>
    public void FlushAbandoned(SimFlush flush, ulong life) => _abandoned.Add((flush.At, life, long.MaxValue));

    /// <summary>What was left open in lives of the rank before this one does not happen any more.</summary>
    public void Expire(ulong present)
    {
        for (int i = _abandoned.Count - 1; i >= 0; i--)
        {
            if (_abandoned[i].Life == present && present != 0)
                continue;
            _history.Expire(_abandoned[i].At);
            _abandoned.RemoveAt(i);
        }
    }

    /// <summary>Judges all of it.</summary>
    public void Judge(SimWorld world)
    {
        if (_history.Count == 0)
            return;
        LinearizabilityVerdict verdict =
            AttributesChecker.Check(_history.Of(0), out int inodes, out int undecided, out ulong ino);
        world.Count(InodesJudged, inodes);
        world.Count(InodesUndecided, undecided);
        world.Count(OperationsJudged, _history.Count);
        if (verdict != LinearizabilityVerdict.Accepted)
            world.Count($"{Invariants.NotLinearizable} of attributes {verdict}");
        if (verdict == LinearizabilityVerdict.Rejected)
            world.Report(Invariants.NotLinearizable, $"attributes of inode {ino:x}, of {inodes} inodes");
    }

    private static AttributeOperation New(AttributeAction action, AttributesState set) =>
        new(action, 0, set, AttributesState.None);

    private static long SizeSet(in AttributeOperation operation) =>
        operation is { Action: AttributeAction.Set, Set.Size: not AttributesState.Unseen and long size } ? size : long.MaxValue;
}
