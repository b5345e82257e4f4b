// Regions that change hands while they are in use, as the journal tells of them.
//
// The pages of a region that arrives are written down as they are, in as many events as they need, whole dirfrags each; an event
// that says that the region has arrived follows. The segment of the first of them stays until it is decided whose the region is,
// and longer where something in it has to be committed. Until then each segment's head says that it is undecided.
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

    private readonly SortedDictionary<DirFrag, Migration> _undecided = [];

    private readonly SortedDictionary<MigrationId, Migration> _given = [];

    /// <summary>No segment begins between the pages of a region and the event that says that they have arrived, nor between what
    /// is said of bounds and the event of their migration.</summary>
    private bool _keepsSegment;

    /// <summary>Segments that stay for imports.</summary>
    private readonly Dictionary<MigrationId, JournalSegment> _arriving = [];

    /// <summary>Imports that are in the journal without an end.</summary>
    public IEnumerable<Migration> UndecidedImports => _undecided.Values;

    /// <summary>After replay: the imports that it found without an end.</summary>
    public void KeepUndecided(IEnumerable<Migration> imports)
    {
        foreach (Migration import in imports)
            _undecided.Add(import.Base, import);
    }

    /// <summary>Exports that are in the journal, as far as their importers may not know it.</summary>
    public IEnumerable<Migration> GivenExports => _given.Values;

    /// <summary>After replay: the exports that it found.</summary>
    public void KeepGiven(IEnumerable<Migration> exports)
    {
        foreach (Migration export in exports)
            _given.Add(export.Id, export);
    }

    /// <summary>The importer's journal says that it has the region.</summary>
    public void ForgetGiven(MigrationId id) => _given.Remove(id);

    /// <summary>Writes the pages of a region down that was received, before anything of it is in the cache, and what lies around
    /// it.</summary>
    /// <param name="region">The dirfrags' chains, sealed, each behind what holds its inode.</param>
    /// <param name="migration">Which.</param>
    /// <param name="segment">The segment with the first of them: what in them is not committed hangs on it. It stays until
    /// <see cref="EndImport"/>.</param>
    /// <returns>ENOSPC where a dirfrag is too large for an event of the journal, EAGAIN where events wait, EIO. What was written
    /// then has no effect.</returns>
    public IoError LogPages(Migration migration, IReadOnlyList<PageChain> region, out int segment)
    {
        Invariant.That(region.Count > 0 && !_arriving.ContainsKey(migration.Id));
        segment = -1;
        int next = 0;
        while (next < region.Count)
        {
            IoError error = BeginChange(EventKind.ImportPages, PagesBytes(region[next]));
            // From here to the event that says that they have arrived: what is trimmed goes as one.
            _keepsSegment = error.IsNone;
            if (error.Failed)
            {
                ForgetPages(migration);
                return error;
            }

            if (segment < 0)
            {
                segment = _journal.Segment;
                _journal.Current.Pins++;
                _arriving.Add(migration.Id, _journal.Current);
            }

            AddMigration(migration, MigrationStage.Start);
            do
                AddPages(region[next++]);
            while (next < region.Count && _event!.Length + PagesBytes(region[next]) <= _journal.EventBytesMax);
            EndChange();
        }

        return IoError.None;
    }

    /// <summary>Pages that were written down are of no use, if there are any.</summary>
    public void ForgetPages(Migration migration)
    {
        _keepsSegment = false;
        if (_arriving.Remove(migration.Id, out JournalSegment? segment))
            segment.Pins--;
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
        AddMigration(migration, MigrationStage.Start);
        foreach (ImportedClient each in clients)
        {
            if (_clients.ForceOpen(each.Client, each.Address, _event!))
                opened.Add(new SessionStateSeq(each.Client, _clients.Sessions.Find(each.Client)!.StateSeq));
            AddCompleted(each.Client, each.Completed);
        }

        EndChange();
        _keepsSegment = false;
        _undecided.Add(migration.Base, migration);
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
        IoError error = BeginChange(EventKind.ImportFinish, MigrationBytes(migration), root);
        if (error.Failed)
            return error;
        EmitContext(root);
        AddMigration(migration, isTaken ? MigrationStage.Taken : MigrationStage.Failed);
        EndChange();
        _undecided.Remove(migration.Base);
        ForgetPages(migration);
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

    private static long PagesBytes(PageChain chain) =>
        chain.StoredBytes + (chain.StoredPageCount * (long)(EventPart.Bytes + DirPart.Bytes + sizeof(ulong)));

    private void AddMigration(Migration migration, MigrationStage stage)
    {
        var bounds = new DirPart[migration.Bounds.Count];
        for (int i = 0; i < bounds.Length; i++)
            bounds[i] = new DirPart(migration.Bounds[i]);
        MigrationPart part = new(migration);
        _event!.Add(
            EventTag.Migration, part, System.Runtime.InteropServices.MemoryMarshal.AsBytes<DirPart>(bounds), (ushort)stage);
    }

    private void AddPages(PageChain chain)
    {
        DirPart of = new(chain.Of);
        for (int i = 0; i < chain.StoredPageCount; i++)
        {
            MetadataPage page = chain.Pool.Page(chain.StoredPage(i));
            _event!.AddPage(EventTag.Page, of, page.Front, page.Directory);
        }
    }
}
