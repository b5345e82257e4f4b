// What the owner of the sets decides when data could not be written, and what the cache owes him from there on.

using Engine.Cache.ModelTests.Content;

namespace Engine.Cache.ModelTests.Run;

internal sealed partial class ModelRun
{
    private readonly SetState[] _owners;
    private long _givenUp;
    private uint _decision;
    private bool _refusesAll;
    private int _steps;

    private SetState StateOf(in ModelRange range) => _owners[range.ObjectNumber % _owners.Length];

    private bool MayWrite(int objectNumber)
    {
        SetState owner = _owners[objectNumber % _owners.Length];
        return owner.Failure.IsNone || owner.FailedIn == _steps;
    }

    private SetState StateOf(ObjectSet set) => _owners[Array.IndexOf(_sets, set)];

    /// <summary>Of sixteen failures two are given up, and of one the whole set.</summary>
    private WritebackAction Decide(WritebackError failure)
    {
        SetState owner = StateOf(failure.Set);
        _decision = (_decision * 1664525) + 1013904223;
        WritebackAction action = (_decision >> 28) switch
        {
            0 or 1 => WritebackAction.Drop,
            2 => WritebackAction.FailSet,
            _ => WritebackAction.Retry,
        };
        if (failure.Error == IoError.ReadOnly)
            action = failure.DefaultAction;
        if (!_config.GivesUp || _draining || _stopping)
            action = WritebackAction.Retry;
        if (_refusesAll)
            action = failure.DefaultAction;
        Note($"could not write {failure.ObjectNumber} {failure.Offset}~{failure.Length}, attempt {failure.Attempt}: {action}");
        Expect(owner.Failure.IsNone, "a set that failed is left alone");
        if (action == WritebackAction.Drop)
        {
            owner.GivenUp.Add(failure.Error);
            ModelRange range = new((int)failure.ObjectNumber, (int)failure.Offset, (int)failure.Length);
            _model.Complete(_model.Begin(MutationKind.Undefine, [range]));
        }
        else if (action == WritebackAction.FailSet)
        {
            owner.Failure = owner.LastFailure = failure.Error;
            owner.FailedIn = _steps;
        }

        return action;
    }

    /// <summary>The store refuses the run altogether: no owner decides otherwise. Returns what a stop has to tell.</summary>
    private IoError FailSets()
    {
        _refusesAll = true;
        NoteFlush();
        ValueTask<FlushResult> flushed = _cache.FlushAllAsync();
        for (int i = 0; _store.PendingCount > 0 && i < 10_000; i++)
            _store.Complete(_store.PendingAt(0), IoError.ReadOnly);
        _ = Ended(flushed);
        Collect();
        _steps++;
        return _owners.Any(owner => owner.Failure.Failed && _cache.IsDirtyOrCommitting(owner.Set))
            ? IoError.ReadOnly
            : IoError.None;
    }

    private void BeginStep()
    {
        _steps++;
        foreach (SetState owner in _owners)
            owner.GivenUp.Clear();
        _givenUp = _cache.Statistics().BytesGivenUp;
    }

    /// <summary>A flush that began in this step may have told already.</summary>
    private void EndStep()
    {
        int deciding = _owners.Count(static owner => owner.GivenUp.Count > 0);
        bool gaveUp = _cache.Statistics().BytesGivenUp > _givenUp;
        Expect(!gaveUp || deciding > 0, "data is given up by its owner alone");
        foreach (SetState owner in _owners)
        {
            owner.Reports.AddRange(gaveUp ? owner.GivenUp : []);
            owner.MustReport |= gaveUp && deciding == 1 && owner.GivenUp.Count > 0 && !_config.CompletesInside;
        }
    }

    private void TakeReports(OpenRequest flush, SetState[] owners)
    {
        foreach (SetState owner in owners)
        {
            if (owner.Failure.Failed && _cache.IsDirtyOrCommitting(owner.Set))
            {
                flush.Reports.Add(owner.Failure);
                flush.MustReport = true;
                continue;
            }

            // A flush tells one thing: where several owners have one, some of it may be left to the next.
            flush.Reports.AddRange(owner.Reports);
            flush.MustReport |= owner.MustReport;
            owner.MustReport = false;
            if (owners.Length == 1)
                owner.Reports.Clear();
        }
    }

    private void Resume(ObjectSet set)
    {
        SetState owner = StateOf(set);
        Note($"resume {Array.IndexOf(_sets, set)}");
        if (owner.Failure.Failed)
            owner.ResumedAt = _model.Step;
        owner.Failure = default;
        Expect(_cache.ResumeSet(set).IsNone, "a set is resumed");
    }

    /// <summary>The request's set has failed with the error while it was under way.</summary>
    private bool WasFailed(OpenRequest open, IoError error)
    {
        foreach (ModelRange range in open.Ranges)
        {
            SetState owner = StateOf(range);
            if (owner.LastFailure == error && error.Failed && (owner.Failure.Failed || owner.ResumedAt >= open.Started))
                return true;
        }

        return false;
    }
}
