namespace Engine.Metadata;

/// <content>What was changed and is not known to be durable when bits or capabilities go: the user is told, since
/// <see cref="ClientCap.FlushTid"/> is 0 then as it is after an answer.</content>
public sealed partial class ClientProtocol<T>
{
    private readonly SortedDictionary<Ino, ClientLoss> _losses = [];

    /// <summary>Takes what may be lost of one inode, the lowest first; to be asked after every call that may find the lease
    /// over, and after every message.</summary>
    /// <returns>False when there is nothing more.</returns>
    public bool TryTakeLoss(out ClientLoss loss)
    {
        loss = default;
        foreach (ClientLoss first in _losses.Values)
        {
            loss = first;
            return _losses.Remove(first.Ino);
        }

        return false;
    }

    private void NoteLoss(ClientCap cap) => NoteLoss(cap.Ino, cap.Dirty | cap.FlushBits, cap.FlushTid);

    private void NoteLoss(Ino ino, CapBits bits, ulong flushTid)
    {
        if (bits == CapBits.None)
            return;
        _losses.TryGetValue(ino, out ClientLoss before);
        _losses[ino] = new ClientLoss(ino, before.Bits | bits, Math.Max(before.FlushTid, flushTid));
    }
}
