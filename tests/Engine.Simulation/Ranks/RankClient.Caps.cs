// A simulated client's session and capabilities. Invariants: one flush of an inode is on its way at a time; what was flushed and
// not answered is sent again, in order, after the end of a channel; numbers of messages begin anew with every Reconnect.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <content>What a client does with its session and its capabilities: it keeps the contract (migrator specification, 1.12 and
/// appendix E), but for some clients now and then: one does not answer a revocation, another says things out of date, a third is
/// silent for longer than its session lasts.</content>
internal sealed partial class RankClient
{
    private const long RenewMicros = 50_000;
    private const int SleepMicrosMax = 900_000;
    private const CapBits Changing = CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer;

    private readonly SortedDictionary<Ino, SimCap> _held = [];
    private readonly SeededRandom _habits;
    private readonly bool _ignores;
    private readonly bool _sleeps;
    private ulong _flushLast;
    private ulong _renewals;

    /// <summary>It says what is not so, or not any more.</summary>
    public bool IsErratic { get; }

    /// <summary>What it believes to have.</summary>
    public IEnumerable<SimCap> Held => _held.Values;

    /// <summary>Something that it flushed was not answered.</summary>
    public bool IsFlushing
    {
        get
        {
            foreach (SimCap held in _held.Values)
            {
                if (held.FlushTid != 0)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Habits are for the storm.</summary>
    private bool Misbehaves(bool habit, double chance) => habit && !_scenario.IsSettling && _habits.NextBool(chance);

    private void Renew()
    {
        bool sleeps = Misbehaves(_sleeps, 0.05);
        if (!sleeps && Serving is { } rank)
            _world.Send(rank, new SessionRenew(++_renewals));
        if (!sleeps && Serving is null)
            Greet();
        _world.SetTimer(RenewToken, sleeps ? _habits.NextInt(SleepMicrosMax) : RenewMicros);
    }

    /// <summary>Says after the end of a channel, or of the rank, what it has; then sends again what was not answered.</summary>
    private void ComeBack()
    {
        List<CapReconnect> items = [];
        foreach (SimCap held in _held.Values)
        {
            (held.Seq, held.IssueSeq, held.OwesAnswer) = (0, 0, false);
            items.Add(new CapReconnect(
                held.Ino, held.Id, held.Wanted, held.Caps, PathOf(held.Name), held.FlushBits, held.FlushTid));
        }

        _world.Send(Serving!.Value, new Reconnect(items));
        foreach (SimCap held in _held.Values.Where(static held => held.FlushTid != 0).OrderBy(static held => held.FlushTid))
            Send(held, held.FlushBits, held.FlushTid, held.FlushSize);
    }

    /// <summary>Writes, or flushes, where it may.</summary>
    private void UseCaps(SeededRandom random)
    {
        foreach (SimCap held in _held.Values)
        {
            if ((held.Caps & held.Allowed & CapBits.FileWrite) != 0 && random.NextBool(0.5))
            {
                held.Size += random.NextInt(1, 100);
                held.Dirty |= held.Caps & held.Allowed & Changing;
            }

            if (held.Dirty != 0 && held.FlushTid == 0 && random.NextBool(0.3))
                Update(held);
            if (Misbehaves(IsErratic, 0.1))
                SendNonsense(held);
        }
    }

    private void SendNonsense(SimCap held)
    {
        if (Serving is not { } rank)
            return;
        bool isLate = _habits.NextBool(0.5);
        uint seq = isLate ? held.Seq - Math.Min(held.Seq, 1) : held.Seq + 7;
        ulong id = _habits.NextBool(0.8) ? held.Id : held.Id + 1;
        _world.Send(rank, new CapUpdate(
            held.Ino, id, seq, held.IssueSeq, held.MigrationSeq, held.Caps, held.Wanted, CapBits.None, 0, default));
    }

    /// <summary>Chooses a capability to give up: one with nothing to flush. Half of the time a message does, which this
    /// sends.</summary>
    private bool TryPickToClose(SeededRandom random, out Ino ino)
    {
        ino = default;
        foreach (SimCap held in _held.Values)
        {
            if (held.Dirty != 0 || held.FlushTid != 0 || held.OwesAnswer || Serving is not { } rank || random.NextBool(0.5))
                continue;
            _held.Remove(held.Ino);
            ino = held.Ino;
            if (random.NextBool(0.5))
                return true;
            _world.Send(rank, new CapRelease([new CapReleaseItem(held.Ino, held.Id, held.IssueSeq, held.MigrationSeq)]));
            return false;
        }

        return false;
    }

    private void HandleNews(Message message)
    {
        switch (message)
        {
            case CapGrant grant:
                Handle(grant);
                break;
            case CapFlushAck ack:
                Handle(ack);
                break;
            case CapExport export:
                Lose(export.Ino);
                break;
            case SessionStale:
                foreach (SimCap held in _held.Values)
                    (held.Caps, held.Dirty, held.OwesAnswer) = (CapBits.Pin, CapBits.None, false);
                break;
            case SessionClosed:
                LoseSession();
                break;
        }
    }

    private void LoseSession()
    {
        foreach (Ino ino in _held.Keys.ToArray())
            Lose(ino);
        _hasSession = false;
        Serving = null;
        Forget();
    }

    /// <summary>It has nothing of an inode any more, and hears nothing of what it flushed.</summary>
    private void Lose(Ino ino)
    {
        if (_held.Remove(ino, out SimCap? held) && held.FlushTid != 0)
            _scenario.Attributes.FlushAbandoned(held, _scenario.PresentLife);
    }

    /// <summary>An answer says what it may do with what it opened.</summary>
    private void Opened(CapGrant grant, in FileStat stat, bool isCurrent)
    {
        if (!isCurrent)
        {
            _world.Send(
                _rank!.Value, new CapRelease([new CapReleaseItem(grant.Ino, grant.CapId, grant.IssueSeq, grant.MigrationSeq)]));
            return;
        }

        Lose(grant.Ino);
        _held[grant.Ino] = new SimCap(grant.Ino, grant.CapId, _first) { Wanted = grant.Wanted, Size = stat.Size };
        Handle(grant);
    }

    private void Handle(CapGrant grant)
    {
        if (!_held.TryGetValue(grant.Ino, out SimCap? held) || held.Id != grant.CapId)
        {
            // It was given up while this was on its way.
            _world.Send(
                _rank!.Value, new CapRelease([new CapReleaseItem(grant.Ino, grant.CapId, grant.IssueSeq, grant.MigrationSeq)]));
            return;
        }

        if (grant.MigrationSeq < held.MigrationSeq)
            _scenario.Checks.MigrationWentBack(held, grant.MigrationSeq);
        (held.Seq, held.IssueSeq, held.MigrationSeq) = (grant.Seq, grant.IssueSeq, grant.MigrationSeq);
        held.Allowed = grant.Caps;
        held.Wanted |= grant.Wanted;
        if (!grant.IsRevoke && !held.OwesAnswer)
        {
            held.Caps = grant.Caps;
            return;
        }

        if (!grant.IsRevoke)
            held.Caps |= grant.Caps;
        else if (Misbehaves(_ignores, 0.3))
            return;
        Update(held);
    }

    private void Handle(CapFlushAck ack)
    {
        if (!_held.TryGetValue(ack.Ino, out SimCap? held) || held.FlushTid != ack.FlushTid)
            return;
        _scenario.Flushed(held, isTaken: ack.Dirty != 0);
        (held.FlushTid, held.FlushBits) = (0, CapBits.None);
        if (held.OwesAnswer)
            Update(held);
    }

    /// <summary>Says what it keeps, having flushed what it changed under the rest; one flush at a time.</summary>
    private void Update(SimCap held)
    {
        held.OwesAnswer = held.Dirty != 0 && held.FlushTid != 0;
        if (held.OwesAnswer || Serving is null)
            return;
        held.Caps &= held.Allowed;
        if (held.Dirty == 0)
        {
            Send(held, CapBits.None, 0, 0);
            return;
        }

        (held.FlushTid, held.FlushBits, held.FlushSize) = (++_flushLast, held.Dirty, held.Size);
        held.FlushAt = _scenario.Attributes.Flushing(held);
        held.Dirty = CapBits.None;
        Send(held, held.FlushBits, held.FlushTid, held.FlushSize);
    }

    private void Send(SimCap held, CapBits dirty, ulong flushTid, long size) => _world.Send(Serving!.Value, new CapUpdate(
        held.Ino, held.Id, held.Seq, held.IssueSeq, held.MigrationSeq, held.Caps & held.Allowed, held.Wanted, dirty, flushTid,
        new CapAttributes { Size = size, ModifiedAt = size, AccessedAt = size, ChangedAt = size }));
}
