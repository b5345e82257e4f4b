// What a client has of inodes, what it changed, and what it says when it is to give something back.
//
// Ownership: see ClientProtocol.cs. Invariants: a capability is dropped only when nothing is to be flushed under it, or when the
// rank says that it is gone; a flush keeps its number until it is answered, or the bits are lost.

using System.Diagnostics.CodeAnalysis;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>
/// Capabilities. One flush of an inode is on its way at a time; who is told to give back bits under which something changed
/// flushes that with the answer, and waits with both for the flush before. Numbers of messages begin anew when the client comes
/// back. Source: migrator specification, 1.12.
/// </content>
public sealed partial class ClientProtocol<T>
{
    private readonly SortedDictionary<Ino, ClientCap> _caps = [];
    private ulong _flushLast;

    /// <summary>What the client has, in order of inode.</summary>
    public IReadOnlyCollection<ClientCap> Caps => _caps.Values;

    /// <summary>What the client has of an inode.</summary>
    public bool TryGetCap(Ino ino, [NotNullWhen(true)] out ClientCap? cap) => _caps.TryGetValue(ino, out cap);

    /// <summary>The rank said that it can store nothing; forgotten when the next channel begins, since it says so again then.
    /// </summary>
    public bool IsReadOnly { get; private set; }

    /// <summary>Notes that the user changed something; false where it may not: it has to ask then.</summary>
    public bool TryChange(Ino ino, CapBits bits, in CapAttributes changes)
    {
        EndLeaseIfDue();
        if (IsReadOnly || !IsOpen || !_caps.TryGetValue(ino, out ClientCap? cap) || (cap.Caps & cap.Allowed & bits) != bits)
            return false;
        cap.Dirty |= bits;
        cap.Changes = changes;
        return true;
    }

    /// <summary>Sends what was changed, unless a flush is on its way; <see cref="ClientCap.FlushTid"/> is 0 again when it is
    /// durable, or when it may be lost: <see cref="TryTakeLoss"/> says so.</summary>
    public void Flush(Ino ino)
    {
        EndLeaseIfDue();
        if (_hasChannel && IsOpen && _caps.TryGetValue(ino, out ClientCap? cap)
            && cap is { IsClaimed: false, Dirty: not CapBits.None, FlushTid: 0 })
            Answer(cap);
    }

    /// <summary>Gives a capability up; false while something is to be flushed.</summary>
    public bool TryRelease(Ino ino)
    {
        if (!_caps.TryGetValue(ino, out ClientCap? cap) || cap.Dirty != 0 || cap.FlushTid != 0)
            return false;
        _caps.Remove(ino);
        if (_hasChannel && IsOpen)
            Out.Add(new CapRelease([new CapReleaseItem(ino, cap.Id, cap.IssueSeq, cap.MigrationSeq)]));
        return true;
    }

    private void Close(Ino ino)
    {
        bool isClean = !_caps.TryGetValue(ino, out ClientCap? cap) || (cap.Dirty == 0 && cap.FlushTid == 0);
        Invariant.That(isClean, "what was changed is flushed before it is closed");
        _caps.Remove(ino);
    }

    private bool TakeCap(Message message)
    {
        switch (message)
        {
            case CapGrant grant when _caps.TryGetValue(grant.Ino, out ClientCap? cap) && cap.Id == grant.CapId:
                Granted(cap, grant);
                return true;
            case CapGrant late:
                GiveBack(late);
                return false;
            case CapFlushAck ack when _caps.TryGetValue(ack.Ino, out ClientCap? cap) && cap.FlushTid == ack.FlushTid
                && !cap.IsFlushDue:
                if (ack.Dirty == CapBits.None)
                    NoteLoss(ack.Ino, cap.FlushBits, cap.FlushTid);
                (cap.FlushTid, cap.FlushBits) = (0, CapBits.None);
                if (cap.OwesAnswer)
                    Answer(cap);
                return true;
            case CapExport export:
                return TakeExport(export);
            case CapImport import:
                return TakeImport(import);
            default:
                return false;
        }
    }

    /// <summary>An answer says what the client may do with what it opened.</summary>
    private void AddCap(CapGrant grant, ReadOnlyMemory<byte> path)
    {
        if (!_caps.TryGetValue(grant.Ino, out ClientCap? cap) || cap.Id != grant.CapId)
        {
            if (cap is not null)
                NoteLoss(cap);
            _caps[grant.Ino] = cap = new ClientCap(grant.Ino, grant.CapId, path);
        }

        Granted(cap, grant);
    }

    /// <summary>It was given up while this was on its way.</summary>
    private void GiveBack(CapGrant grant) =>
        Out.Add(new CapRelease([new CapReleaseItem(grant.Ino, grant.CapId, grant.IssueSeq, grant.MigrationSeq)]));

    private void Granted(ClientCap cap, CapGrant grant)
    {
        (cap.Seq, cap.IssueSeq, cap.MigrationSeq) = (grant.Seq, grant.IssueSeq, grant.MigrationSeq);
        cap.Allowed = grant.Caps;
        cap.Wanted |= grant.Wanted;
        bool wasClaimed = cap.IsClaimed;
        cap.IsClaimed = false;
        if (!grant.IsRevoke && !cap.OwesAnswer)
        {
            cap.Caps = grant.Caps;
            if (!wasClaimed)
                return;
            LoseBeyond(cap);
            GoOnWith(cap);
            return;
        }

        if (!grant.IsRevoke)
            cap.Caps |= grant.Caps;
        Answer(cap);
    }

    /// <summary>Says what the client keeps, having flushed what it changed under the rest.</summary>
    private void Answer(ClientCap cap)
    {
        if (cap.IsFlushDue)
            SendDueFlush(cap);
        cap.OwesAnswer = cap.Dirty != 0 && cap.FlushTid != 0;
        if (cap.OwesAnswer)
            return;
        cap.Caps &= cap.Allowed;
        bool flushes = cap.Dirty != 0;
        if (flushes)
            (cap.FlushTid, cap.FlushBits, cap.FlushChanges, cap.Dirty) = (++_flushLast, cap.Dirty, cap.Changes, CapBits.None);
        Out.Add(UpdateOf(cap, flushes));
    }

    private static CapUpdate UpdateOf(ClientCap cap, bool flushes) => new(
        cap.Ino, cap.Id, cap.Seq, cap.IssueSeq, cap.MigrationSeq, cap.IsClaimed ? cap.Caps : cap.Caps & cap.Allowed, cap.Wanted,
        flushes ? cap.FlushBits : CapBits.None, flushes ? cap.FlushTid : 0, flushes ? cap.FlushChanges : default);

    private void SayCaps()
    {
        EndLeaseIfDue();
        List<CapReconnect> items = [];
        foreach (ClientCap cap in _caps.Values)
        {
            (cap.Seq, cap.IssueSeq, cap.OwesAnswer) = (0, 0, false);
            if (cap.IsFlushDue)
                (cap.FlushTid, cap.IsFlushDue) = (++_flushLast, false);
            items.Add(new CapReconnect(cap.Ino, cap.Id, cap.Wanted, cap.Caps, cap.Path, cap.FlushBits, cap.FlushTid));
        }

        Out.Add(new Reconnect(items));
        foreach (ClientCap cap in _caps.Values.Where(static cap => cap.FlushTid != 0).OrderBy(static cap => cap.FlushTid))
            Out.Add(UpdateOf(cap, flushes: true));
    }

    /// <summary>Others may have what the client had: it keeps the pins. Nobody says what became of a flush on its way.</summary>
    private void LoseBits()
    {
        foreach (ClientCap cap in _caps.Values)
        {
            NoteLoss(cap);
            (cap.Caps, cap.Dirty, cap.OwesAnswer) = (CapBits.Pin, CapBits.None, false);
            (cap.FlushTid, cap.FlushBits, cap.IsFlushDue) = (0, CapBits.None, false);
        }
    }
}
