// A simulated client's capabilities. Invariants: the protocol keeps them; here is what the history has to know of its flushes,
// each noted when it goes out for the first time, and let go of when it is answered or its capability is gone.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <content>What a client does with its session and its capabilities: it keeps the contract, as <see cref="ClientProtocol{T}"/>
/// does, but for some clients now and then: one does not answer a revocation, another says things out of date, a third is
/// silent for longer than its session lasts.</content>
internal sealed partial class RankClient
{
    private const long RenewMicros = 50_000;
    private const int SleepMicrosMax = 900_000;
    private const CapBits Changing = CapBits.FileExclusive | CapBits.FileWrite | CapBits.FileBuffer;

    private readonly SortedDictionary<Ino, SimFlush> _flushes = [];
    private readonly Dictionary<Ino, long> _sizes = [];
    private readonly SeededRandom _habits;
    private readonly bool _ignores;
    private readonly bool _sleeps;

    /// <summary>It says what is not so, or not any more.</summary>
    public bool IsErratic { get; }

    /// <summary>What it believes to have.</summary>
    public IReadOnlyCollection<ClientCap> Held => _protocol.Caps;

    /// <summary>Something that it flushed was not answered.</summary>
    public bool IsFlushing => _flushes.Count > 0;

    /// <summary>Habits are for the storm.</summary>
    private bool Misbehaves(bool habit, double chance) => habit && !_scenario.IsSettling && _habits.NextBool(chance);

    private void Renew()
    {
        bool sleeps = Misbehaves(_sleeps, 0.05);
        if (!sleeps && Meet())
        {
            CapBits before = HeldBits();
            _protocol.Renew();
            if (HeldBits() != before)
                _scenario.LeaseEnded();
            ForgetFlushes();
            Send();
        }

        _world.SetTimer(RenewToken, sleeps ? _habits.NextInt(SleepMicrosMax) : RenewMicros);
    }

    private CapBits HeldBits() => Held.Aggregate(CapBits.None, static (bits, held) => bits | held.Caps);

    /// <summary>Writes, or flushes, where it may.</summary>
    private void UseCaps(SeededRandom random)
    {
        foreach (ClientCap held in Held)
        {
            CapBits bits = held.Caps & held.Allowed & Changing;
            if ((bits & CapBits.FileWrite) != 0 && random.NextBool(0.5))
            {
                long size = _sizes[held.Ino] = _sizes.GetValueOrDefault(held.Ino) + random.NextInt(1, 100);
                _protocol.TryChange(held.Ino, bits, new CapAttributes
                {
                    Size = size, ModifiedAt = size, AccessedAt = size, ChangedAt = size,
                });
            }

            if (random.NextBool(0.3))
                _protocol.Flush(held.Ino);
            ForgetFlushes();
            Send();
            if (Misbehaves(IsErratic, 0.1) && Serving is { } rank)
                _world.Send(rank, Nonsense(held));
        }
    }

    private CapUpdate Nonsense(ClientCap held)
    {
        bool isLate = _habits.NextBool(0.5);
        uint seq = isLate ? held.Seq - Math.Min(held.Seq, 1) : held.Seq + 7;
        ulong id = _habits.NextBool(0.8) ? held.Id : held.Id + 1;
        return new CapUpdate(
            held.Ino, id, seq, held.IssueSeq, held.MigrationSeq, held.Caps, held.Wanted, CapBits.None, 0, default);
    }

    /// <summary>Chooses a capability to give up: one with nothing to flush. Half of the time a message does, which this
    /// sends.</summary>
    private bool TryPickToClose(SeededRandom random, out Ino ino)
    {
        ino = default;
        foreach (ClientCap held in Held)
        {
            if (held.Dirty != 0 || held.FlushTid != 0 || random.NextBool(0.5))
                continue;
            ino = held.Ino;
            if (random.NextBool(0.5))
                return true;
            _protocol.TryRelease(ino);
            Send();
            return false;
        }

        return false;
    }

    /// <summary>What the history has to know before the protocol does.</summary>
    private void Note(Message message)
    {
        switch (message)
        {
            case CapGrant grant when _protocol.TryGetCap(grant.Ino, out ClientCap? cap) && cap.Id == grant.CapId
                && grant.MigrationSeq < cap.MigrationSeq:
                _scenario.Checks.MigrationWentBack(cap, grant.MigrationSeq);
                break;
            case CapFlushAck ack when _flushes.TryGetValue(ack.Ino, out SimFlush? flush) && flush.Tid == ack.FlushTid:
                _scenario.Flushed(flush, isTaken: ack.Dirty != 0);
                _flushes.Remove(ack.Ino);
                break;
        }
    }

    /// <summary>Nobody hears what became of a flush whose capability is gone.</summary>
    private void ForgetFlushes()
    {
        foreach (SimFlush flush in _flushes.Values.ToArray())
        {
            if (_protocol.TryGetCap(flush.Ino, out ClientCap? cap) && cap.FlushTid == flush.Tid)
                continue;
            _scenario.Attributes.FlushAbandoned(flush, _scenario.PresentLife);
            _flushes.Remove(flush.Ino);
        }
    }

    private void NoteFlush(CapUpdate update)
    {
        if (_flushes.TryGetValue(update.Ino, out SimFlush? known) && known.Tid == update.FlushTid)
            return;
        SimFlush flush = new(update.Ino, update.FlushTid, update.Dirty, update.Attributes.Size);
        flush.At = _scenario.Attributes.Flushing(flush);
        _scenario.Checks.NoteFlushing(flush, _scenario.Attributes.LeastSizeUnderWay);
        _flushes[update.Ino] = flush;
    }
}
