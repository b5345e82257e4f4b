using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What the journal is told of migrations. Source: migrator specification, 4.1.</content>
public sealed partial class RankServices
{
    /// <summary>Imports that are in the journal and of which it does not say how they ended.</summary>
    public IEnumerable<Migration> UndecidedImports => _server.UndecidedImports;

    /// <summary>Exports that are in the journal, until <see cref="ForgetGiven"/>, over all lives of the rank.</summary>
    public IEnumerable<Migration> GivenExports => _server.GivenExports;

    /// <summary>Renames, links and unlinks of two ranks that are not over at both.</summary>
    public int UpdateCount => _server.UpdateCount;

    /// <summary>The importer's journal says that it has the region: it will not ask any more.</summary>
    public void ForgetGiven(MigrationId id) => _server.ForgetGiven(id);

    /// <summary>May pages of a region that go ahead of it be written down now?</summary>
    /// <returns>Also whether to wait until what was written is durable, or for <see cref="WaitForRoom"/>.</returns>
    public JournalRoom AskAhead(MigrationId id, IReadOnlyList<ArrivingDir> dirs) => _server.AskAhead(id, dirs);

    /// <summary>Wakes the waiter when there may be room in the journal, or when there will be none.</summary>
    public void WaitForRoom(Continuation waiter) => _server.WaitForRoom(waiter);

    /// <summary>Writes pages of a region down, before anything of it is in the cache.</summary>
    /// <param name="migration">Which.</param>
    /// <param name="dirs">The dirfrags.</param>
    /// <param name="isAhead">More may come; else the event follows that says that the region has arrived.</param>
    /// <param name="written">How many of the dirfrags were written down.</param>
    /// <returns>ENOSPC where a page is too large for an event, EAGAIN where events wait, EIO. What was written has no effect by
    /// itself.</returns>
    public IoError LogPages(Migration migration, IReadOnlyList<ArrivingDir> dirs, bool isAhead, out int written) =>
        _server.LogPages(migration, dirs, isAhead, out written);

    /// <summary>The journal's segment to which what is not committed in the pages of a region belongs.</summary>
    public int SegmentOf(MigrationId id) => _server.SegmentOf(id);

    /// <summary>Pages that were written down are of no use, if there are any.</summary>
    public void ForgetPages(MigrationId id) => _server.ForgetPages(id);

    /// <summary>What the inodes of a region that arrives count of a dirfrag at which it ends, as the other rank knew it; the
    /// journal is told with <see cref="StartImport"/>.</summary>
    public void TakeCounted(Dir bound, in DirRecord known) => _server.TakeCounted(bound, known);

    /// <summary>Is what a dirfrag of this rank's says of itself in memory? After a restart it may be open for the sake of the way
    /// to others alone, with its version and sums in the store.</summary>
    public bool IsKnown(Dir dir) => !dir.IsAuth || dir.IsComplete || Cache.VersionOf(dir) > 0;

    /// <summary>Reads a dirfrag of which that is not in memory.</summary>
    /// <returns>Why it cannot be read; else the waiter runs when it is read, or could not be.</returns>
    public IoError Learn(Continuation waiter, Dir dir)
    {
        _server.Fetch(waiter, dir, out IoError error);
        return error;
    }

    /// <summary>Says that a region has arrived: it is in the cache. Its clients have sessions from here on, which are held until
    /// <see cref="SessionTable.EndImport"/>.</summary>
    /// <param name="migration">Which.</param>
    /// <param name="root">Its root.</param>
    /// <param name="clients">Clients with capabilities in it: where they are reached, and what was done for them.</param>
    /// <param name="opened">Gets the sessions that are new: they are open once the event is durable
    /// (<see cref="SessionTable.OpenDurable"/>).</param>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError StartImport(
        Migration migration, Dir root, IReadOnlyList<ImportedClient> clients, List<SessionStateSeq> opened) =>
        _server.StartImport(migration, root, clients, opened);

    /// <summary>Says whose a region is that had arrived.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError EndImport(Migration migration, Dir root, bool isTaken) => _server.EndImport(migration, root, isTaken);

    /// <summary>Says that a region is another rank's; in the subtree map it is so from then on.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError GiveAway(Migration migration, Dir root) => _server.GiveAway(migration, root);

    /// <summary>Has the operation wait for what its locks are blocked by.</summary>
    public void Await(LockBlock block, Continuation waiter)
    {
        WaitMask mask = block.IsFrozen ? WaitMask.Unfreeze : LockTable.MaskOf(block.Kind, block.Waits);
        Cache.Wait(block.On.Node, mask, waiter);
    }

    /// <summary>Most bits of one division.</summary>
    public const int SplitBitsMax = Refragmenter.SplitBitsMax;

    /// <summary>Could the directory of a dirfrag be divided?</summary>
    public bool MayDivide(Dir dir) => _server.Fragments!.IsDivisible(dir.Inode);

    /// <summary>Divides a dirfrag of this rank's; who asks is answered when that is durable, or failed.</summary>
    /// <param name="name">Which.</param>
    /// <param name="splitBits">Into 2 to the power of so many, at most <see cref="SplitBitsMax"/>.</param>
    /// <param name="answer">Takes the answer.</param>
    /// <returns>Why it is not even begun, and nobody is answered.</returns>
    public IoError Divide(DirFrag name, int splitBits, Action<IoError> answer) =>
        _server.Fragments!.Force(name.Ino, name.Frag, splitBits, answer);

    /// <summary>A number that no other operation of the rank has.</summary>
    public ulong NextOperation() => _server.NextOperation();

    /// <summary>Takes copies that a rank gave.</summary>
    /// <returns>ENOMEM, or EUCLEAN where one does not fit; those before it were taken.</returns>
    public IoError TakeCopies(RankId from, IReadOnlyList<ReplicaStep> copies) => _peers.TakeCopies(from, copies);

    /// <summary>Wakes whoever waits for anything in a region: who looks again finds whose it is.</summary>
    public void WakeAll(Dir top) => Cache.WakeRegion(top);

    /// <summary>Copies an entry for another rank, and counts the copy.</summary>
    /// <returns>ENOMEM: nothing was counted.</returns>
    public IoError TryCopy(NodeId node, RankId to, out ReplicaStep? step)
    {
        step = null;
        IoError error = Cache.TryAddReplica(node, to, out uint nonce);
        if (error.IsNone)
        {
            Ino of = Cache.TryDirOf(node) is { } dir ? dir.Name.Ino : default;
            LockStates locks = Cache.HasInode(node) ? _peers.LocksOfCopy(node, to) : default;
            step = ReplicaImage.OfEntry(Cache, node, of, nonce, locks);
        }

        return error;
    }

    /// <summary>Copies a dirfrag without its entries for another rank, and counts the copy.</summary>
    /// <returns>ENOMEM: nothing was counted.</returns>
    public IoError TryCopy(Dir dir, RankId to, out DirReplica? step)
    {
        step = null;
        IoError error = Cache.TryAddReplica(dir, to, out uint nonce);
        if (error.IsNone)
            step = ReplicaImage.OfDir(Cache, dir, nonce);
        return error;
    }

    /// <summary>What is here of another rank's is dropped where nobody uses it, and the rest is asked for anew: that rank may not
    /// know of it.</summary>
    public void LearnAnew(RankId from) => _peers.LearnAnew(from);

    /// <summary>What is here of another rank's is asked for anew: that rank does not know of it.</summary>
    public void AskForAll(RankId from) => _peers.FindWaysBack(from);

    /// <summary>It is not in doubt any more that the rank is authority over a region: what was asked about locks of copies
    /// meanwhile is asked of it.</summary>
    public void AskAnew(RankId authority) => _peers.AskAnew(authority);

    /// <summary>As new authority over a region: a rank that had copies of it ended before the old one knew.</summary>
    public void ForgetCopiesIn(Dir top, RankId rank) => _peers.ForgetCopiesIn(top, rank);
}
