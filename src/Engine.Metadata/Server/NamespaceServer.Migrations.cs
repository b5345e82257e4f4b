// Regions that change hands while they are in use, as the journal tells of them.
//
// The pages of a region that arrives are written down as they are, in as many events as they need, some of them long before the
// region. An event that says that it has arrived follows, and how many events there were. The segment of the first of them stays
// until it is decided whose the region is, and longer where something in it has to be committed: what is not hangs on it. It goes
// together with those up to that event: nothing arrives without its pages. Until it is decided each segment's head says that it
// is undecided.
// A region that was given away is kept in mind, in each segment's head too, until the importer's journal has the end as well: an
// importer that does not know asks, and what is not kept in mind was not given.
// Invariants: _undecided has exactly the imports whose start is in the journal and whose end is not; _given has at least the
// exports that are in the journal and whose importer may still ask.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>The events of migrations. Source: migrator specification, 4.1.</content>
internal sealed unsafe partial class NamespaceServer
{
    /// <summary>A session in an event.</summary>
    private const int ClientBytes = Session.AddressBytesMax + 64;

    /// <summary>What names a page of a region, or its dirfrag, in an event.</summary>
    private const int PageBytes = EventPart.Bytes + StagedPart.Bytes + sizeof(ulong);

    private readonly SortedDictionary<DirFrag, Migration> _undecided = [];

    private readonly SortedDictionary<MigrationId, Migration> _given = [];

    /// <summary>No segment begins between the last pages of a region and the event that says that they have arrived, nor between
    /// what is said of bounds and the event of their migration.</summary>
    private bool _keepsSegment;

    /// <summary>Regions whose pages are in the journal, or a part of them.</summary>
    private readonly Dictionary<MigrationId, Arriving> _arriving = [];

    /// <summary>Imports that are in the journal without an end.</summary>
    public IEnumerable<Migration> UndecidedImports => _undecided.Values;

    /// <summary>After replay, before anything is served: what it found that other ranks have to do with goes on.</summary>
    public void Resume(Replay replay)
    {
        foreach (Dir dir in _cache.Dirs)
            NoteInherited(dir);
        KeepUndecided(replay.UndecidedImports);
        KeepGiven(replay.GivenExports);
        KeepPromised(replay.PromisedNames);
        KeepDecided(replay.DecidedUpdates);
    }

    /// <summary>After replay: the imports that it found without an end.</summary>
    private void KeepUndecided(IEnumerable<Migration> imports)
    {
        foreach (Migration import in imports)
            _undecided.Add(import.Base, import);
    }

    /// <summary>Exports that are in the journal, as far as their importers may not know it.</summary>
    public IEnumerable<Migration> GivenExports => _given.Values;

    /// <summary>After replay: the exports that it found.</summary>
    private void KeepGiven(IEnumerable<Migration> exports)
    {
        foreach (Migration export in exports)
            _given.Add(export.Id, export);
    }

    /// <summary>The importer's journal says that it has the region.</summary>
    public void ForgetGiven(MigrationId id) => _given.Remove(id);

    /// <summary>May pages be written down that go ahead of their region? Only where the journal has room beside that for clients:
    /// what they wait for, or what is being let go, comes first. Where that is the region's own pages there is no room.</summary>
    public JournalRoom AskAhead(MigrationId id, IReadOnlyList<ArrivingDir> dirs)
    {
        long bytes = 0;
        foreach (ArrivingDir dir in dirs)
            bytes += PagesBytes(dir);
        JournalRoom room = _journal.IsHalfFull || _journal.WantsRoom ? JournalRoom.Expiring : _journal.Ask(bytes);
        bool isInTheWay = !_journal.CanFree
            || (_arriving.TryGetValue(id, out Arriving? region) && region.Segment.Id <= _journal.OldestThrough);
        return room == JournalRoom.Expiring && isInTheWay ? JournalRoom.Full : room;
    }

    /// <summary>Wakes the waiter when there may be room in the journal, or when there will be none.</summary>
    public void WaitForRoom(Continuation waiter) => _journal.WaitForRoom(waiter);

    /// <summary>Writes pages of a region down, before anything of it is in the cache.</summary>
    /// <param name="migration">Which; the segment with the first of its pages stays until <see cref="EndImport"/>.</param>
    /// <param name="dirs">The dirfrags.</param>
    /// <param name="isAhead">More may come; else the event follows that says that the region has arrived.</param>
    /// <param name="written">How many of the dirfrags were written down.</param>
    /// <returns>ENOSPC where a page is too large for an event, EAGAIN where events wait, EIO. What was written has no effect by
    /// itself.</returns>
    public IoError LogPages(Migration migration, IReadOnlyList<ArrivingDir> dirs, bool isAhead, out int written)
    {
        written = 0;
        IoError error = IoError.None;
        bool isOpen = false;
        while (error.IsNone && written < dirs.Count)
        {
            error = LogPages(migration, dirs[written], ref isOpen);
            written += error.IsNone ? 1 : 0;
        }

        if (isOpen)
            EndChange();
        _keepsSegment = !isAhead && error.IsNone;
        return error;
    }

    private IoError LogPages(Migration migration, ArrivingDir dir, ref bool isOpen)
    {
        var numbers = new ulong[dir.Pages.Count];
        IoError error = IoError.None;
        for (int i = 0; i < numbers.Length && error.IsNone; i++)
        {
            (ulong number, PageId page, bool isNew) = dir.Pages[i];
            numbers[i] = number;
            if (!isNew)
                continue;
            MetadataPage view = _pages.Page(page);
            error = ContinuePages(migration, PageBytes + view.StoredBytes, ref isOpen);
            if (error.IsNone)
                _event!.AddPage(new StagedPart(dir.Of, number), view.Front, view.Directory);
        }

        if (error.IsNone)
            error = ContinuePages(migration, PageBytes + (sizeof(ulong) * (long)numbers.Length), ref isOpen);
        DirPart of = new(dir.Of);
        if (error.IsNone)
            _event!.Add(EventTag.StagedDir, of, System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(numbers));
        return error;
    }

    /// <summary>Makes sure that the event takes so many bytes more, or begins another one.</summary>
    private IoError ContinuePages(Migration migration, long bytes, ref bool isOpen)
    {
        if (isOpen && _event!.Length + bytes <= _journal.EventBytesMax && _journal.HasRoom(EventBytes + bytes))
            return IoError.None;
        if (isOpen)
            EndChange();
        IoError error = BeginChange(EventKind.ImportPages, bytes + MigrationBytes(migration));
        isOpen = error.IsNone;
        if (error.Failed)
            return error;
        if (!_arriving.TryGetValue(migration.Id, out Arriving? region))
        {
            _arriving.Add(migration.Id, region = new Arriving(_journal.Current));
            _journal.Current.Pins++;
        }

        region.Events++;
        AddMigration(migration, MigrationStage.Start);
        return error;
    }

    /// <summary>The segment that what is not committed in a region hangs on: that with the first of its pages.</summary>
    public int SegmentOf(MigrationId id) => _arriving[id].Segment.Id;

    /// <summary>Pages that were written down are of no use, if there are any.</summary>
    public void ForgetPages(MigrationId id)
    {
        _keepsSegment = false;
        if (_arriving.Remove(id, out Arriving? region))
            region.Segment.Pins--;
    }

    /// <summary>Says that the region has arrived, which is in the cache by now.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError StartImport(
        Migration migration, Dir root, IReadOnlyList<ImportedClient> clients, List<SessionStateSeq> opened)
    {
        long bytes = MigrationBytes(migration);
        foreach (ImportedClient client in clients)
            bytes += ClientBytes + ((long)(EventPart.Bytes + CompletedPart.Bytes) * client.Completed.Count);
        IoError error = SayBounds(migration, isArriving: true);
        if (error.IsNone)
            error = BeginChange(EventKind.ImportStart, bytes, root);
        if (error.Failed)
            return error;
        EmitContext(root);
        Arriving region = _arriving[migration.Id];
        region.Segment.Through = Math.Max(region.Segment.Through, _journal.Segment);
        AddMigration(migration, MigrationStage.Start, region.Events);
        foreach (ImportedClient each in clients)
        {
            if (_clients.ForceOpen(each.Client, each.Address, _event!))
                opened.Add(new SessionStateSeq(each.Client, _clients.Sessions.Find(each.Client)!.StateSeq));
            AddCompleted(each.Client, each.Completed);
        }

        EndChange();
        _keepsSegment = false;
        _undecided.Add(migration.Base, migration);
        MetadataCache.VisitRegion(root, NoteInherited);
        return IoError.None;
    }

    /// <summary>Makes sure that clients have sessions, and holds them for capabilities that come.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError HoldSessions(IReadOnlyList<ImportedClient> clients, List<SessionStateSeq> opened)
    {
        IoError error = BeginChange(EventKind.Sessions, (long)ClientBytes * clients.Count);
        if (error.Failed)
            return error;
        foreach (ImportedClient each in clients)
        {
            if (_clients.ForceOpen(each.Client, each.Address, _event!))
                opened.Add(new SessionStateSeq(each.Client, _clients.Sessions.Find(each.Client)!.StateSeq));
        }

        EndChange();
        return IoError.None;
    }

    /// <summary>A region arrives: what its inodes count of dirfrags that lie elsewhere is known by who had them.</summary>
    /// <param name="bound">Such a dirfrag.</param>
    /// <param name="known">What that rank knew of it.</param>
    public void TakeCounted(Dir bound, in DirRecord known)
    {
        ref DirRecord record = ref _cache.Write(bound);
        record.AccountedStat = known.AccountedStat;
        record.AccountedRecursive = known.AccountedRecursive;
        if (bound.IsAuth)
            return;
        record.Stat = known.Stat;
        record.Recursive = known.Recursive;
    }

    /// <summary>Says where other subtrees begin below a region, and whose they are, before the region comes or goes for
    /// replay.</summary>
    private IoError SayBounds(Migration migration, bool isArriving)
    {
        foreach (DirFrag name in migration.Bounds)
        {
            if (_cache.FindDir(name) is not { } bound)
                continue;
            IoError error = BeginChange(EventKind.Update, DirBytes, bound);
            if (error.Failed)
                return error;
            // A head that came between would not tell of bounds that lie within the rank's own.
            _keepsSegment = true;
            EmitContext(bound);
            if (bound.DirAuth.First != _options.Id.Value)
            {
                EmitBound(bound);
            }
            else if (isArriving && bound.IsAuth)
            {
                // What is counted of it is known by who had its inode.
                _cache.MarkDirty(bound, _journal.Segment, Seq);
                EmitDir(bound);
            }

            EndChange();
        }

        return IoError.None;
    }

    /// <summary>Says whose a region is that had arrived.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError EndImport(Migration migration, Dir root, bool isTaken)
    {
        IoError error = BeginChange(EventKind.ImportFinish, MigrationBytes(migration) + DirBytes, root);
        if (error.Failed)
            return error;
        EmitContext(root);
        AddMigration(migration, isTaken ? MigrationStage.Taken : MigrationStage.Failed);
        // Who has a dirfrag alone leaves it to who has the inode to count it, and that one does so when it is told, or writes it
        // back: out of memory, and clean, it would never be counted.
        if (isTaken && root.IsAuth && _cache.IsAuth(root.Inode) && !IsFolded(root))
        {
            _cache.MarkDirty(root, _journal.Segment, Seq);
            EmitDir(root);
        }

        EndChange();
        _undecided.Remove(migration.Base);
        ForgetPages(migration.Id);
        if (!isTaken)
            ForgetWays(root);
        return IoError.None;
    }

    /// <summary>Says that a region is another rank's, which by the subtree map is so from this event on.</summary>
    /// <returns>EAGAIN and the like: nothing was done.</returns>
    public IoError GiveAway(Migration migration, Dir root)
    {
        IoError error = SayBounds(migration, isArriving: false);
        if (error.IsNone)
            error = BeginChange(EventKind.Export, MigrationBytes(migration) + DirBytes, root);
        _keepsSegment = false;
        if (error.Failed)
            return error;
        EmitContext(root);
        AddMigration(migration, MigrationStage.Given);
        _given.Add(migration.Id, migration);
        _cache.Subtrees.AdjustAuth(root, Authority.Of(migration.Peer, _options.Id));
        // What its inode counts of it is known here alone, and needed when it comes back.
        if (_cache.IsAuth(root.Inode))
            EmitBound(root);
        EndChange();
        ForgetWays(root);
        return IoError.None;
    }

    /// <summary>Replay drops a region that went, whatever of it stays here as copies: ways through it are told anew, and so are
    /// those to what lies below.</summary>
    private void ForgetWays(Dir root)
    {
        MetadataCache.VisitRegion(root, static dir => dir.ContextSegment = -1);
        List<Dir> bounds = [];
        _cache.Subtrees.AddWouldBeBounds(root, bounds);
        foreach (Dir bound in bounds)
            bound.ContextSegment = -1;
    }

    /// <summary>Requests that another rank executed for a client are not executed again.</summary>
    private void AddCompleted(ClientId client, IReadOnlyList<CompletedRequest> done)
    {
        foreach (CompletedRequest request in done)
        {
            CompletedPart part = new() { Client = client, Tid = request.Tid, Made = request.Made };
            if (_clients.Sessions.TryComplete(client, request))
                _event!.Add(EventTag.Completed, part);
        }
    }

    private static long MigrationBytes(Migration migration) =>
        EventPart.Bytes + MigrationPart.Bytes + ((long)DirPart.Bytes * migration.Bounds.Count);

    private long PagesBytes(ArrivingDir dir)
    {
        long bytes = PageBytes;
        foreach (ArrivingPage page in dir.Pages)
            bytes += sizeof(ulong) + (page.IsNew ? PageBytes + _pages.Page(page.Page).StoredBytes : 0);
        return bytes;
    }

    private void AddMigration(Migration migration, MigrationStage stage, int events = 0)
    {
        var bounds = new DirPart[migration.Bounds.Count];
        for (int i = 0; i < bounds.Length; i++)
            bounds[i] = new DirPart(migration.Bounds[i]);
        MigrationPart part = new(migration, events);
        _event!.Add(
            EventTag.Migration, part, System.Runtime.InteropServices.MemoryMarshal.AsBytes<DirPart>(bounds), (ushort)stage);
    }

    /// <summary>A region whose pages are in the journal.</summary>
    private sealed class Arriving(JournalSegment segment)
    {
        /// <summary>With the first of them.</summary>
        public JournalSegment Segment => segment;

        /// <summary>Events that brought them.</summary>
        public int Events { get; set; }
    }
}
