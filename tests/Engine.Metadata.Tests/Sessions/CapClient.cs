// The client's side of capabilities, as far as ranks can tell: what it believes to have changes by messages alone.

namespace Engine.Metadata.Tests.Sessions;

/// <summary>A client that keeps to the contract of capabilities (migrator specification, 1.12 and appendix E): it answers
/// revocations, flushes before it gives bits back, and follows capabilities to other ranks.</summary>
internal sealed class CapClient(ClientId id, Action<ClientId, RankId, Message> send)
{
    private readonly Dictionary<Ino, CapBits> _opening = [];
    private ulong _flushLast;

    public ClientId Id { get; } = id;

    /// <summary>What it has, by inode and rank.</summary>
    public SortedDictionary<(Ino Ino, RankId Rank), HeldCap> Held { get; } = [];

    /// <summary>Flushes sent and not answered.</summary>
    public SortedSet<ulong> Flushing { get; } = [];

    public int Forgotten { get; private set; }

    /// <summary>Asks a rank for bits of an inode.</summary>
    public void Open(Ino ino, RankId rank, CapBits wanted)
    {
        if (Held.TryGetValue((ino, rank), out HeldCap? held))
            held.Wanted |= wanted;
        else
            _opening[ino] = _opening.GetValueOrDefault(ino) | wanted;
        send(Id, rank, new CapOpen(ino, wanted));
    }

    public void Handle(RankId rank, Message message)
    {
        switch (message)
        {
            case CapAnswer answer:
                _opening.Remove(answer.Grant.Ino, out CapBits wanted);
                Held[(answer.Grant.Ino, rank)] = new HeldCap(answer.Grant.Ino, rank, answer.Grant.CapId) { Wanted = wanted };
                HandleGrant(rank, answer.Grant);
                break;
            case CapGrant grant:
                HandleGrant(rank, grant);
                break;
            case CapFlushAck ack:
                Assert.True(Flushing.Remove(ack.FlushTid));
                break;
            case CapExport export:
                HandleExport(rank, export);
                break;
            case CapImport import:
                HandleImport(rank, import);
                break;
            case SessionStale:
                foreach (HeldCap held in Held.Values.Where(held => held.Rank == rank))
                    (held.Caps, held.Dirty) = (held.Caps & CapBits.Pin, CapBits.None);
                Forgotten++;
                break;
            case SessionClosed:
                foreach ((Ino Ino, RankId Rank) key in Held.Keys.Where(key => key.Rank == rank).ToArray())
                    Held.Remove(key);
                Flushing.Clear();
                _opening.Clear();
                Forgotten++;
                break;
            default:
                break;
        }
    }

    /// <summary>Changes something, if it may.</summary>
    public void Write(HeldCap held)
    {
        held.Dirty |= held.Caps & (CapBits.FileWrite | CapBits.FileExclusive | CapBits.AuthExclusive | CapBits.XattrExclusive);
    }

    public void Want(HeldCap held, CapBits wanted)
    {
        held.Wanted = wanted;
        Update(held, held.Caps);
    }

    /// <summary>Gives the capability up, having flushed.</summary>
    public void Release(HeldCap held)
    {
        if (held.Dirty != 0)
            Update(held, held.Caps);
        send(Id, held.Rank, new CapRelease([new CapReleaseItem(held.Ino, held.CapId, held.IssueSeq, held.MigrationSeq)]));
        Held.Remove((held.Ino, held.Rank));
    }

    private void HandleGrant(RankId rank, CapGrant grant)
    {
        if (!Held.TryGetValue((grant.Ino, rank), out HeldCap? held) || held.CapId != grant.CapId)
        {
            // It was given up, or has moved, while this was on its way.
            send(Id, rank, new CapRelease([new CapReleaseItem(grant.Ino, grant.CapId, grant.IssueSeq, grant.MigrationSeq)]));
            return;
        }

        (held.Seq, held.IssueSeq, held.MigrationSeq) = (grant.Seq, grant.IssueSeq, grant.MigrationSeq);
        if (grant.IsRevoke)
            Update(held, held.Caps & grant.Caps);
        else
            held.Caps = grant.Caps;
        if (!grant.IsRevoke && held.Wanted != grant.Wanted)
            Update(held, held.Caps);
    }

    private void Update(HeldCap held, CapBits retained)
    {
        ulong flush = 0;
        if (held.Dirty != 0)
            Flushing.Add(flush = ++_flushLast);
        held.Caps = retained;
        send(Id, held.Rank, new CapUpdate(held.Ino, held.CapId, held.Seq, held.IssueSeq, held.MigrationSeq, retained, held.Wanted,
            held.Dirty, flush, default));
        held.Dirty = CapBits.None;
    }

    private void HandleExport(RankId rank, CapExport export)
    {
        if (!Held.TryGetValue((export.Ino, rank), out HeldCap? old) || old.CapId != export.CapId)
            return;
        Held.Remove((export.Ino, rank));
        if (export.To.CapId == 0)
            return;
        if (Held.TryGetValue((export.Ino, export.To.Rank), out HeldCap? held) && held.CapId == export.To.CapId)
        {
            if (held.MigrationSeq > old.MigrationSeq)
                return;
            held.Caps |= old.Caps;
        }
        else
        {
            held = new HeldCap(export.Ino, export.To.Rank, export.To.CapId) { Caps = old.Caps };
            Held[(export.Ino, export.To.Rank)] = held;
        }

        held.Seq = Math.Max(held.Seq, export.To.Seq - 1);
        held.IssueSeq = Math.Max(held.IssueSeq, export.To.Seq - 1);
        held.MigrationSeq = export.To.MigrationSeq;
        held.Wanted |= old.Wanted;
        held.Dirty |= old.Dirty;
    }

    private void HandleImport(RankId rank, CapImport import)
    {
        Held.TryGetValue((import.Ino, import.From.Rank), out HeldCap? old);
        if (old is not null && old.CapId == import.From.CapId)
            Held.Remove((import.Ino, import.From.Rank));
        else
            old = null;
        if (!Held.TryGetValue((import.Ino, rank), out HeldCap? held) || held.CapId != import.CapId)
        {
            held = new HeldCap(import.Ino, rank, import.CapId);
            Held[(import.Ino, rank)] = held;
        }

        held.Caps = import.Caps;
        (held.Seq, held.IssueSeq, held.MigrationSeq) = (import.Seq, import.Seq, import.MigrationSeq);
        held.Wanted |= old?.Wanted ?? CapBits.None;
        held.Dirty |= old?.Dirty ?? CapBits.None;
        // What it told the old authority may have come too late there.
        if (held.Wanted != import.Wanted || held.Dirty != 0)
            Update(held, held.Caps);
    }
}
