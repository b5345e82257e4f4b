// What clients say about their capabilities. The host hands a message over only while the inode is neither frozen nor ambiguous:
// until then it waits, and goes to the authority as it is then.

namespace Engine.Metadata;

public sealed partial class CapTable
{
    /// <summary>Bits under which a client may change something.</summary>
    private const CapBits Changing = Writing | CapBits.AuthExclusive | CapBits.XattrExclusive | CapBits.LinkExclusive;

    /// <summary>A client says what it has and wants. What it flushes with that (see <see cref="DirtyOf"/>) is the host's to
    /// journal before: from here on others may have the bits. False when the message is about a capability that the client
    /// does not have here, or not any more: the capability moved, or the message is late.</summary>
    public bool TryUpdate(Session session, CapUpdate update)
    {
        int at = FindCurrent(session, update.Ino, update.CapId, update.MigrationSeq, out CapInode? inode);
        if (at == 0)
            return false;
        if (!Confirm(ref _caps[at], update.Seq, update.Retained))
            return false;
        ref Cap cap = ref _caps[at];
        cap.Wanted = (update.IssueSeq == cap.IssueSeq ? CapBits.None : cap.Wanted) | (update.Wanted & CapBits.All);
        Changed(inode!);
        return true;
    }

    /// <summary>The bits under which a client may have changed what it flushes: nothing for a capability that it does not
    /// have here, or not any more.</summary>
    public CapBits DirtyOf(Session session, CapUpdate update)
    {
        int at = FindCurrent(session, update.Ino, update.CapId, update.MigrationSeq, out _);
        return at == 0 || update.Seq > _caps[at].Seq ? CapBits.None : update.Dirty & Changing & _caps[at].Issued;
    }

    /// <summary>A client gives up all that it has of an inode, whatever is on its way to it. False when it has nothing.</summary>
    public bool TryDrop(Session session, Ino ino)
    {
        CapInode? inode = Find(ino);
        int at = inode is null ? 0 : IndexOf(inode, session.Client);
        if (at == 0)
            return false;
        Remove(inode!, at, session);
        Changed(inode!);
        return true;
    }

    /// <summary>A client gives capabilities up. One that it was given more of meanwhile it keeps, and gives up again when it sees
    /// that.</summary>
    public void Release(Session session, CapRelease release)
    {
        foreach (CapReleaseItem item in release.Items)
        {
            int at = FindCurrent(session, item.Ino, item.CapId, item.MigrationSeq, out CapInode? inode);
            if (at == 0 || _caps[at].IssueSeq != item.IssueSeq)
                continue;
            Remove(inode!, at, session);
            Changed(inode!);
        }
    }

    /// <summary>What a client flushed is durable; nothing of it where the client could not have changed it, since it went
    /// stale or never had the bits: it has to forget it.</summary>
    public void FlushDurable(ClientId client, Ino ino, ulong flushTid, CapBits dirty) =>
        Send(client, new CapFlushAck(ino, flushTid, dirty));

    /// <summary>Tells a client once more what it was told last of a capability. False when it has none by that id.</summary>
    public bool TryRepeat(Session session, CapClaim claim)
    {
        int at = Find(claim.Ino) is { } inode ? IndexOf(inode, session.Client) : 0;
        if (at == 0 || _caps[at].Id != claim.CapId)
            return false;
        ref Cap cap = ref _caps[at];
        if (cap.Flags.HasFlag(CapFlags.Importing) || TellIfUntold(ref cap))
            return true;
        // What it could change beyond may have been another's since: that is lost before it is given again.
        bool isCut = cap.Flags.HasFlag(CapFlags.Limited) && (cap.Pending & Changing) != 0;
        if (isCut)
        {
            Send(cap.Client, GrantOf(cap, isRevoke: false) with { Caps = cap.Pending & ~Changing });
            Advance(ref cap, cap.Pending);
        }

        cap.Flags &= ~CapFlags.Limited;
        Send(cap.Client, GrantOf(cap, cap.IsRevoking));
        return true;
    }

    private int FindCurrent(Session session, Ino ino, ulong capId, uint migrationSeq, out CapInode? inode)
    {
        inode = Find(ino);
        int at = inode is null or { IsExporting: true } ? 0 : IndexOf(inode, session.Client);
        return at != 0 && _caps[at].Id == capId && migrationSeq >= _caps[at].MigrationSeq ? at : 0;
    }
}
