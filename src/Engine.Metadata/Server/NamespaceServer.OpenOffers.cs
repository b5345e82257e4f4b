using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What clients have of inodes that are promised to other ranks. Before the promise they give back what they may not
/// have while it is not decided, and what they changed under that; until then nobody is given it anew, by later lives either: so
/// what is promised does not change. Source: migrator specification, 1.12 and 4.5.</content>
internal sealed partial class NamespaceServer
{
    /// <summary>What clients may have of an inode at most.</summary>
    public CapBits MayHave(LockObject inode)
    {
        if (_offers.Count == 0)
            return CapBits.All;
        foreach (NameOffer offer in _offers.Values)
        {
            if (offer.Withheld == inode.Ino)
                return offer.MayHave;
        }

        return CapBits.All;
    }

    /// <summary>Waits until clients have given back what they may not have while it is not decided.</summary>
    private Progress AwaitGivenBack(NameOffer offer, NodeId node, out IoError error)
    {
        error = IoError.None;
        Ino ino = _cache.Inode(node).Ino;
        if (_clients.Caps.Find(ino) is not { } inode)
            return Progress.Done;
        offer.Withheld = ino;
        if (_clients.Caps.TryTakeBack(inode))
            return Progress.Done;
        offer.ReleaseLocks();
        error = _clients.RefusalFor(ino);
        if (error.Failed)
            return Progress.Done;
        _cache.Wait(node, WaitMask.Returned, offer);
        return Progress.Waits;
    }

    /// <summary>The offer is over: clients may have what they want again.</summary>
    private void GiveAgain(NameOffer offer)
    {
        if (!offer.Withheld.IsNone && _clients.Caps.Find(offer.Withheld) is { } inode)
            _clients.Caps.GiveAgain(inode);
    }
}
