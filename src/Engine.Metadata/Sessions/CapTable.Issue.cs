// What the states of locks let clients have, and what is told them when that changes.

using Engine.Buffers;

namespace Engine.Metadata;

public sealed partial class CapTable
{
    /// <summary>Bits that a client gets beside those that it wants: what may be cached.</summary>
    private const CapBits Liked =
        CapBits.Pin | CapBits.AuthShared | CapBits.LinkShared | CapBits.XattrShared | CapBits.FileShared;

    private const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;
    private const int KindCount = 4;

    /// <summary>Revocations in the order in which they began; those that are answered are dropped when the list is
    /// read.</summary>
    private readonly List<(int At, ulong Id, long RevokedAtMicros)> _revoking = [];

    /// <summary>Tells clients what the locks allow them now: takes back what is beyond it, gives what they want. Sends
    /// only.</summary>
    public void Issue(CapInode inode)
    {
        // The other rank goes by what clients had when it was told.
        if (inode.IsExporting)
            return;
        Span<LockState> states = stackalloc LockState[KindCount];
        for (int i = 0; i < KindCount; i++)
            states[i] = _host.StateOf(inode.Object, KindAt(i));
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            ref Cap cap = ref _caps[at];
            if ((cap.Flags & (CapFlags.Stale | CapFlags.Importing)) != 0)
                continue;
            CapBits allowed = AllowedTo(inode, at, states);
            bool isRevoke = (cap.Pending & ~allowed) != 0;
            if (!isRevoke && (cap.Wanted & allowed & ~cap.Pending) == 0)
                continue;
            CapBits next = (cap.Wanted | Liked) & allowed;
            // Nothing is given in the message that takes something away: the answer to it would not tell the two apart.
            Tell(at, isRevoke ? next & cap.Pending : next);
        }
    }

    /// <summary>Has clients give back what they may not have whatever the locks allow (<see cref="ICapHost.MayHave"/>).</summary>
    /// <returns>True once nobody has any of that.</returns>
    public bool TryTakeBack(CapInode inode)
    {
        Issue(inode);
        CapBits most = _host.MayHave(inode.Object) | CapBits.Pin;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            if ((_caps[at].Issued & ~most) != 0)
                return false;
        }

        return true;
    }

    /// <summary>Clients may have more than before (<see cref="ICapHost.MayHave"/>): what they want they get as the locks allow
    /// it.</summary>
    public void GiveAgain(CapInode inode) => Changed(inode);

    /// <summary>Has a client bits of a lock that it may not have in a state?</summary>
    public bool HasBeyond(CapInode inode, LockKind kind, LockState state)
    {
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            if ((LockRules.Part(kind, _caps[at].Issued) & ~LockRules.Allowed(kind, state, AudienceOf(inode, at))) != 0)
                return true;
        }

        return false;
    }

    /// <summary>What clients want of a lock.</summary>
    /// <param name="inode">The inode.</param>
    /// <param name="kind">The lock.</param>
    /// <param name="isDelegation">See <see cref="LockWants.IsDelegation"/>.</param>
    public LockWants Wants(CapInode inode, LockKind kind, bool isDelegation)
    {
        CapBits loner = CapBits.None;
        CapBits others = inode.WantedElsewhere;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            ref Cap cap = ref _caps[at];
            if (cap.Client == inode.Loner)
                loner |= cap.Wanted;
            else if ((cap.Flags & (CapFlags.Stale | CapFlags.Importing)) == 0)
                others |= cap.Wanted;
        }

        return new LockWants(
            inode.Loner is not null, LockRules.Part(kind, loner), LockRules.Part(kind, others), isDelegation);
    }

    /// <summary>Lists the capabilities of which something has not been given back for a time, the oldest first.</summary>
    public void FindLate(long nowMicros, long afterMicros, List<LateCap> late)
    {
        _revoking.RemoveAll(item => !IsStillRevoking(item));
        foreach ((int at, _, long revokedAtMicros) in _revoking)
        {
            if (nowMicros - revokedAtMicros <= afterMicros)
                return;
            ref Cap cap = ref _caps[at];
            late.Add(new LateCap(cap.Client, cap.Ino, _revokes[cap.FirstRevoke].Seq + 1));
        }
    }

    private static LockKind KindAt(int index) => index switch
    {
        0 => LockKind.Auth,
        1 => LockKind.Link,
        2 => LockKind.Xattr,
        _ => LockKind.File,
    };

    private bool IsStillRevoking((int At, ulong Id, long RevokedAtMicros) item)
    {
        ref Cap cap = ref _caps[item.At];
        return cap.Id == item.Id && cap.IsRevoking && cap.RevokedAtMicros == item.RevokedAtMicros;
    }

    private CapAudience AudienceOf(CapInode inode, int at) =>
        !_host.IsAuthority(inode.Object) ? CapAudience.Replica
        : _caps[at].Client == inode.Loner ? CapAudience.Loner
        : CapAudience.Any;

    private CapBits AllowedTo(CapInode inode, int at, ReadOnlySpan<LockState> states)
    {
        CapAudience audience = AudienceOf(inode, at);
        uint allowed = 0;
        for (int i = 0; i < KindCount; i++)
        {
            LockCaps part = LockRules.Allowed(KindAt(i), states[i], audience);
            LockCaps any = LockRules.Allowed(KindAt(i), states[i], CapAudience.Any);
            // A former loner may still have what only the present one is to have.
            if (audience == CapAudience.Loner && (part & ~any) != 0 && OthersAreBeyond(inode, at, KindAt(i), any))
                part &= any;
            allowed |= (uint)part << LockRules.CapShift(KindAt(i));
        }

        return ((CapBits)allowed & _host.MayHave(inode.Object)) | CapBits.Pin;
    }

    private bool OthersAreBeyond(CapInode inode, int except, LockKind kind, LockCaps any)
    {
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            if (at != except && (LockRules.Part(kind, _caps[at].Issued) & ~any) != 0)
                return true;
        }

        return false;
    }

    /// <summary>Who wants or has what has changed: the loner is chosen anew, locks go where that is best, bits are
    /// issued.</summary>
    private void Changed(CapInode inode)
    {
        if (inode.IsExporting)
        {
            ForgetIfUnused(inode);
            return;
        }

        ChooseLoner(inode);
        do
        {
            _host.CapsChanged(inode.Object);
        }
        while (ChooseLoner(inode));

        Issue(inode);
        ForgetIfUnused(inode);
    }

    /// <summary>The loner is the only client that wants anything. The one before stays it until it has given back what others may
    /// not have. True when the loner changed.</summary>
    private bool ChooseLoner(CapInode inode)
    {
        ClientId? chosen = _host.IsAuthority(inode.Object) ? OnlyWanting(inode) : null;
        if (inode.Loner == chosen || (inode.Loner is { } old && HasMoreThanOthersMay(inode, IndexOf(inode, old))))
            return false;
        inode.Loner = chosen;
        return true;
    }

    private ClientId? OnlyWanting(CapInode inode)
    {
        ClientId? only = null;
        if (inode.WantedElsewhere != CapBits.None)
            return null;
        for (int at = inode.First; at != 0; at = _caps[at].NextOnInode)
        {
            ref Cap cap = ref _caps[at];
            if ((cap.Wanted & ~CapBits.Pin) == 0 || (cap.Flags & (CapFlags.Stale | CapFlags.Importing)) != 0)
                continue;
            if (only is not null)
                return null;
            only = cap.Client;
        }

        return only;
    }

    private bool HasMoreThanOthersMay(CapInode inode, int at)
    {
        for (int i = 0; at != 0 && i < KindCount; i++)
        {
            LockCaps any = LockRules.Allowed(KindAt(i), _host.StateOf(inode.Object, KindAt(i)), CapAudience.Any);
            if ((LockRules.Part(KindAt(i), _caps[at].Issued) & ~any) != 0)
                return true;
        }

        return false;
    }

    /// <summary>Changes what a client may do, and tells it; one that does not know of the capability yet need not
    /// answer.</summary>
    private void Tell(int at, CapBits next)
    {
        ref Cap cap = ref _caps[at];
        bool isRevoke = (cap.Pending & ~next) != 0;
        bool wasRevoking = cap.IsRevoking;
        Advance(ref cap, next);
        if (cap.Flags.HasFlag(CapFlags.New))
        {
            Confirm(ref cap, cap.Seq, next);
            return;
        }

        if (isRevoke && !wasRevoking)
        {
            cap.RevokedAtMicros = _host.NowMicros;
            _revoking.Add((at, cap.Id, cap.RevokedAtMicros));
        }

        Send(cap.Client, GrantOf(cap, isRevoke));
    }

    private void Send(ClientId client, Message message)
    {
        if (_host.FindSession(client) is not { } session)
            return;
        session.CapPushSeq++;
        _host.Send(client, message);
    }

    /// <summary>The next message about the capability gives exactly these bits.</summary>
    private void Advance(ref Cap cap, CapBits next)
    {
        if ((cap.Pending & ~next) != 0)
        {
            AddRevoke(ref cap);
            cap.Pending = next;
            cap.Issued |= next;
            cap.Seq++;
            return;
        }

        cap.Pending = next;
        cap.Issued |= next;
        cap.IssueSeq = ++cap.Seq;
        cap.IssuedAtMicros = _host.NowMicros;
    }

    private void AddRevoke(ref Cap cap)
    {
        int added = _revokes.Add();
        _revokes[added] = new CapRevoke { Before = cap.Pending, Seq = cap.Seq };
        if (cap.FirstRevoke == 0)
        {
            cap.FirstRevoke = added;
            return;
        }

        int last = cap.FirstRevoke;
        while (_revokes[last].Next != 0)
            last = _revokes[last].Next;
        _revokes[last].Next = added;
    }

    /// <summary>The client says what it had after a message: revocations up to that one are answered. False when that message was
    /// never sent.</summary>
    private bool Confirm(ref Cap cap, uint seq, CapBits bits)
    {
        if (seq > cap.Seq)
            return false;
        bits = (bits & cap.Issued) | CapBits.Pin;
        if (seq == cap.Seq)
        {
            ForgetRevokes(ref cap);
            cap.Issued = bits;
            cap.Pending &= bits;
            return true;
        }

        while (cap.FirstRevoke != 0 && _revokes[cap.FirstRevoke].Seq < seq)
            ForgetFirstRevoke(ref cap);
        if (cap.FirstRevoke == 0)
        {
            cap.Issued = bits | cap.Pending;
            return true;
        }

        if (_revokes[cap.FirstRevoke].Seq == seq)
            _revokes[cap.FirstRevoke].Before &= bits;
        cap.Issued = cap.Pending;
        for (int at = cap.FirstRevoke; at != 0; at = _revokes[at].Next)
            cap.Issued |= _revokes[at].Before;
        return true;
    }

    private void ForgetRevokes(ref Cap cap)
    {
        while (cap.FirstRevoke != 0)
            ForgetFirstRevoke(ref cap);
    }

    private void ForgetFirstRevoke(ref Cap cap)
    {
        int first = cap.FirstRevoke;
        Invariant.That(first != 0);
        cap.FirstRevoke = _revokes[first].Next;
        _revokes.Remove(first);
    }
}
