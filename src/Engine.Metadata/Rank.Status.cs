using System.Numerics;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What others may see of a rank.</content>
public sealed partial class Rank
{
    /// <summary>How far the rank is.</summary>
    public RankState State { get; private set; }

    /// <summary>Why it failed: what, where, what to do.</summary>
    public string? Problem { get; private set; }

    /// <summary>Why directories cannot be written into the store at present; none while they can. What was acknowledged is safe
    /// in the journal meanwhile.</summary>
    public IoError StoreError => _journal.StoreError.Failed ? _journal.StoreError : _journal.HeldError;

    /// <summary>ENOSPC while events wait for room in the journal, and the rank can make none. Changes are refused then, with
    /// ENOSPC, or EIO where <see cref="StoreError"/> keeps the journal from being emptied; a journal of a fixed size refuses them
    /// in the same way before any event waits. What was not acknowledged as safe waits for room from outside, as do opens
    /// that were granted; new sessions are refused. What would tell of such a change, or needs what a client's flush gives back,
    /// is refused too. None else.</summary>
    public IoError JournalError => _journal.StallError;

    /// <summary>Dirfrags that were looked at, to be committed, in this life.</summary>
    internal long CommitsTried => _writeback.DirsTried;

    /// <summary>Damage found in the store so far.</summary>
    public IReadOnlyList<string> Damage => _server.Damage;

    /// <summary>All of that, as it is in the present step.</summary>
    public RankStatus Status =>
        new(State, Problem, StoreError, JournalError, _journal.Refusal, Damage.Count, Services.IsLeaving,
            Services.WantedTargets);

    /// <summary>Whom it waits for before it serves, in words; null where for nobody. Between steps only.</summary>
    public string? Awaits => State switch
    {
        RankState.Rejoin => "other ranks to give the ways to its subtrees anew: " + RanksOf(_peers.AwaitedForRejoin),
        RankState.Reconnect => _clients.Awaited(),
        _ => null,
    };

    private static string RanksOf(ulong ranks)
    {
        List<string> named = [];
        for (; ranks != 0; ranks &= ranks - 1)
            named.Add(new RankId(BitOperations.TrailingZeroCount(ranks)).ToString());
        return string.Join(", ", named);
    }

    /// <summary>Number of the newest durable event.</summary>
    public long DurableSeq => _journal.DurableSeq;

    /// <summary>Number of the newest event.</summary>
    public long LastSeq => _journal.LastSeq;

    /// <summary>The newest event while it takes further changes, and is not appended; empty when there is none. Between steps
    /// only.</summary>
    public ReadOnlySpan<byte> OpenEvent => _journal.OpenEvent;

    /// <summary>Events and entries that recovery applied.</summary>
    public (long Events, long Entries) Recovered => (_replay.Events, _replay.Entries);

    /// <summary>Directories split, merged, and put back because that could not be ended, in this life.</summary>
    public (long Splits, long Merges, long RollBacks) Fragmentations =>
        (_fragments.Splits, _fragments.Merges, _fragments.RollBacks);

    /// <summary>Requests under way of clients that may send them again, for operators. Between steps only.</summary>
    public IReadOnlyList<OperationInfo> Operations => OperationsBefore(long.MaxValue);

    /// <summary>The same of those that began by a time, in microseconds of the rank's clock.</summary>
    public IReadOnlyList<OperationInfo> OperationsBefore(long micros) => _server.OperationsBefore(micros);

    /// <summary>Directories being divided anew.</summary>
    public int FragmentationsUnderWay => _fragments.Count;

    /// <summary>The cache, for checks between steps.</summary>
    public MetadataCache Cache => _cache;

    /// <summary>The sessions, for checks between steps.</summary>
    public SessionTable Sessions => _clients.Sessions;

    /// <summary>The capabilities, for checks between steps.</summary>
    public CapTable Caps => _clients.Caps;

    /// <summary>Locks that are not at rest.</summary>
    public int LockCount => _clients.Locks.Count;

    /// <summary>Files whose last writer went without a word: what it had not flushed is lost.</summary>
    public long WritersLost => _clients.WritersLost;

    /// <summary>Checks the rank against the invariants that one rank can check alone, between steps.</summary>
    /// <param name="level">1: dirfrags; 2: entries too; 3: pages too.</param>
    /// <returns>What is wrong, a line each, beginning with the invariant's number.</returns>
    public IReadOnlyList<string> Audit(int level)
    {
        List<string> findings = [.. _cache.Audit(level)];
        if (!TakesPeers)
            return findings;
        _journal.Audit(_cache, findings);
        foreach (IRankModule module in _modules)
            module.Audit(findings);
        if (_modules.Count == 0 && _peers.IsAlone)
        {
            findings.AddRange(_cache.AuditAlone(level));
            _clients.AuditImports(findings);
        }

        return findings;
    }

    /// <summary>The same of what a step changed, and of what costs little; see <see cref="StepAudit"/>.</summary>
    internal IReadOnlyList<string> AuditOn(List<(Dir Dir, int Level)> dirs, bool hasMap)
    {
        List<string> findings = new CacheAudit(_cache).RunOn(dirs, hasMap, _modules.Count == 0 && _peers.IsAlone);
        _journal.Audit(_cache, findings);
        return findings;
    }

    /// <summary>Checks what holds beside that when nothing is under way: no request, no division of a directory, no
    /// migration.</summary>
    public IReadOnlyList<string> AuditAtRest()
    {
        List<string> findings = _cache.AuditAtRest();
        _clients.AuditImportsAtRest(findings);
        return findings;
    }
}
