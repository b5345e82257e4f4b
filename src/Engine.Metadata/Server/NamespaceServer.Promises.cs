using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Promises in the heads of segments, so that none keeps what lies before. Source: migrator specification, 4.5.
/// </content>
internal sealed partial class NamespaceServer
{
    /// <summary>What a promise takes in a segment's head, beside attributes of variable length and the way to it.</summary>
    private const int PromiseBytes = EntryBytes + EventPart.Bytes + UpdatePart.Bytes + 256;

    /// <summary>Bytes of a segment's head that are told no promise behind: what follows takes half of a record at most, and the
    /// blocks that are asked for before an event have room for as much.</summary>
    private long HeadBytesMax => Math.Min(_journal.EventBytesMax / 8 * 3, EventBytes / 2);

    /// <summary>Puts what is promised into a segment's head, with the entry, which replay has to have, and the way to it. One for
    /// which there is no room keeps the segment that has it.</summary>
    private void SayPromised()
    {
        foreach (NameOffer offer in _offers.Values)
        {
            if (offer.Promise is null || offer.HasGone)
                continue;
            Dir dir = _cache.DirOf(offer.Entry);
            if (_event!.Length + WayBytes(dir) + ExtBytes(offer.Entry) + PromiseBytes > HeadBytesMax)
                continue;
            EmitContext(dir);
            EmitWay(offer.Entry);
            SayUpdate(
                offer.Id, offer.Coordinator, UpdateStage.Promised, _cache.Inode(dir.Inode).Ino, _cache.NameOf(offer.Entry),
                offer.Kind);
            SegmentRelease former = new(offer.Segment!);
            HoldSegment(offer);
            _journal.WhenDurable(Seq, former);
        }
    }

    /// <summary>The present segment has the promise, and stays until one behind it has it too.</summary>
    private void HoldSegment(NameOffer offer)
    {
        offer.Segment = _journal.Current;
        offer.Segment.Pins++;
    }

    /// <summary>Lets go of a segment once what follows it is durable.</summary>
    private sealed class SegmentRelease(JournalSegment segment) : Continuation
    {
        public override void Run(IoError error) => segment.Pins--;
    }

    /// <summary>Waits where a name of the directory may have gone: the answer would tell of it.</summary>
    public Progress AwaitDecisionsIn(Continuation waiter, NodeId directory)
    {
        if (_offers.Count == 0)
            return Progress.Done;
        foreach (NameOffer offer in _offers.Values)
        {
            bool mayGo = !offer.Entry.IsNone && !offer.HasGone && offer != waiter;
            if (mayGo && _cache.DirOf(offer.Entry).Inode == directory)
                return AwaitDecision(waiter, offer.Entry);
        }

        return Progress.Done;
    }
}
