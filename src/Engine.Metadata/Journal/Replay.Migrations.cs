// Regions that changed hands.
//
// Invariants: pages have no effect before an event says that their region has arrived, and all of them are there then or the
// journal is damaged: the segments from the first of them to that event go together. An import is undecided from that event on
// until one says whose the region is. A region that went to another rank, or came to nothing, leaves nothing behind but the
// dirfrag at which it began.

using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <content>Migrations. Source: migrator specification, 4.1.</content>
internal sealed unsafe partial class Replay
{
    private readonly Dictionary<MigrationId, Arriving> _arriving = [];
    private readonly SortedDictionary<DirFrag, Migration> _undecided = [];

    private readonly SortedDictionary<MigrationId, Migration> _given = [];

    /// <summary>The migration whose pages the present event brings.</summary>
    private Arriving? _pages;

    /// <summary>Imports of which the journal does not say how they ended.</summary>
    public IEnumerable<Migration> UndecidedImports => _undecided.Values;

    /// <summary>Exports whose importers may not know yet that the region is theirs.</summary>
    public IEnumerable<Migration> GivenExports => _given.Values;

    private string? ApplyMigration(ref EventReader reader)
    {
        var stage = (MigrationStage)reader.Part.Flags;
        EventKind kind = reader.Header.Kind;
        if (!reader.TryTake(out MigrationPart part, out ReadOnlySpan<byte> bounds))
            return null;
        if (part.TryGet(bounds) is not { } migration)
            return "names no migration";
        if (kind == EventKind.ImportPages)
        {
            _pages = PagesOf(migration);
            _pages.Events++;
            return null;
        }

        return stage switch
        {
            MigrationStage.Start when kind == EventKind.ImportStart => Start(migration, part.Events),
            MigrationStage.Undecided when _isHead => StillUndecided(migration),
            MigrationStage.Taken when kind == EventKind.ImportFinish => Finish(migration, isTaken: true),
            MigrationStage.Failed when kind == EventKind.ImportFinish => Finish(migration, isTaken: false),
            MigrationStage.Given when kind == EventKind.Export => Give(migration),
            MigrationStage.Given when _isHead => StillGiven(migration),
            _ => $"says {stage} in an event of kind {kind}",
        };
    }

    private Arriving PagesOf(Migration migration)
    {
        if (_arriving.TryGetValue(migration.Id, out Arriving? known))
            return known;
        // A rank has one import of a dirfrag: what came for one before is of no use any more.
        foreach ((MigrationId older, _) in _arriving.Where(each => each.Value.Base == migration.Base).ToList())
            _arriving.Remove(older);
        Arriving region = new(migration.Base, _segments[^1].Id);
        _arriving.Add(migration.Id, region);
        return region;
    }

    private string? ApplyPage(ref EventReader reader)
    {
        if (!reader.TryTake(out DirPart part, out ReadOnlySpan<byte> page))
            return null;
        if (_pages is null || !part.TryGet(out DirFrag name))
            return "is of no dirfrag that arrives";
        _pages.Append(name, page);
        return null;
    }

    private string? ApplyStagedPage(ref EventReader reader)
    {
        if (!reader.TryTake(out StagedPart part, out ReadOnlySpan<byte> page))
            return null;
        if (_pages is null || !part.Of.TryGet(out DirFrag name))
            return "is of no dirfrag that arrives";
        _pages.Add(name, part.Number, page);
        return null;
    }

    private string? ApplyStagedDir(ref EventReader reader)
    {
        if (!reader.TryTake(out DirPart part, out ReadOnlySpan<byte> numbers))
            return null;
        if (_pages is null || !part.TryGet(out DirFrag name) || numbers.Length % sizeof(ulong) != 0)
            return "is no dirfrag that arrives";
        _pages.Say(name, MemoryMarshal.Cast<byte, ulong>(numbers));
        return null;
    }

    private string? Start(Migration migration, int events)
    {
        _arriving.Remove(migration.Id, out Arriving? region);
        if (region is null || (events > 0 && region.Events != events))
            return $"says that migration {migration.Id} has arrived, of which there are not all pages";
        string? problem = Open(migration.Base, out Dir? root);
        if (problem is not null)
            return problem;
        if (root!.IsAuth || _undecided.ContainsKey(migration.Base))
            return $"says that {migration.Base} has arrived, which is here";
        _segments[region.Segment].Through = Math.Max(_segments[region.Segment].Through, _segments[^1].Id);
        ForgetRecent();
        problem = Install(region, migration.Base);
        return problem ?? Hold(migration);
    }

    /// <summary>Takes the dirfrags over, each behind what holds its inode, from the root on.</summary>
    private string? Install(Arriving region, DirFrag root)
    {
        using PageValidator validator = new();
        using InoSet inos = new();
        Stack<DirFrag> left = new([root]);
        int installed = 0;
        while (left.TryPop(out DirFrag name))
        {
            if (Install(region, name, name == root, validator, inos) is { } problem)
                return problem;
            installed++;
            Dir dir = cache.FindDir(name)!;
            for (int i = dir.Count - 1; i >= 0; i--)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                if (cache.IsDirectory(node))
                    region.ListOf(cache.Inode(node).Ino, left);
            }
        }

        return installed == region.Count ? null : $"brings {region.Count - installed} dirfrags that do not lie below {root}";
    }

    private string? Install(Arriving region, DirFrag name, bool isRoot, PageValidator validator, InoSet inos)
    {
        if (region.TryGet(name) is not { } bytes)
            return $"does not bring all pages of {name}";
        Engine.Buffers.IoError error = PageChain.TryLoad(
            cache.Pool, bytes, name, PageKind.Dirfrag, validator, out PageChain? chain, out PageProblem problem);
        if (error.Failed)
            return error == Buffers.IoError.NoMemory ? NoMemory : $"brings pages of {name} that are damaged: {problem}";
        NodeId inode = cache.FindInode(name.Ino);
        if (!inode.IsNone && cache.IsDirectory(inode))
            cache.DropStale(inode, chain!);
        bool isGood = !inode.IsNone && cache.IsDirectory(inode) && cache.CheckImport(inode, chain!, inos).IsNone;
        if (!isGood)
        {
            chain!.Dispose();
            return $"brings {name}, which contradicts what is known";
        }

        Dir dir = cache.Import(inode, chain!, region.Segment, LastSeq, isRoot);
        dir.Pages.Epoch = cache.Epoch;
        return null;
    }

    /// <summary>The region is here, and whose it is is not known: nobody may change it.</summary>
    private string? Hold(Migration migration)
    {
        List<Dir> bounds = [];
        cache.Subtrees.MapDirFrags(migration.Bounds, bounds);
        Dir root = cache.FindDir(migration.Base)!;
        if (!cache.Subtrees.AdjustBounded(root, bounds, Authority.Of(me)))
            return $"has bounds of {migration.Base} that do not lie below it";
        cache.DropStaleIn(root);
        bool isFrozen = cache.FreezeTree(root);
        Buffers.Invariant.That(isFrozen, "nothing holds auth pins while a journal is read");
        _undecided.Add(migration.Base, migration);
        return null;
    }

    private string? StillUndecided(Migration migration)
    {
        _claimed++;
        if (_undecided.ContainsKey(migration.Base))
            return null;
        if (_segments.Count > 1)
            return $"says that {migration.Base} is undecided, which it was not before";
        string? problem = Open(migration.Base, out Dir? root);
        if (problem is not null)
            return problem;
        MetadataCache.VisitRegion(root!, static each => MetadataCache.SetAuth(each, true));
        return Hold(migration);
    }

    private string? Finish(Migration migration, bool isTaken)
    {
        if (!_undecided.Remove(migration.Base, out Migration? known) || known.Id != migration.Id)
            return $"says how migration {migration.Id} ended, which was not under way";
        Dir root = cache.FindDir(migration.Base)!;
        cache.UnfreezeTree(root);
        if (isTaken)
        {
            cache.Subtrees.TryMerge(root);
            return null;
        }

        return Leave(root, migration.Peer);
    }

    private string? StillGiven(Migration migration)
    {
        _given[migration.Id] = migration;
        return null;
    }

    private string? Give(Migration migration)
    {
        _given[migration.Id] = migration;
        string? problem = Open(migration.Base, out Dir? root);
        foreach (DirFrag name in migration.Bounds)
        {
            problem ??= Open(name, out _);
            // What the rank keeps below may have been one with what goes.
            if (problem is null && cache.FindDir(name) is { IsAuth: true, IsSubtreeRoot: false } own)
                cache.Subtrees.AdjustAuth(own, Authority.Of(me));
        }

        return problem ?? (root!.IsAuth ? Leave(root, migration.Peer) : $"gives {migration.Base} away, which is not its own");
    }

    /// <summary>A region is another rank's.</summary>
    private string? Leave(Dir root, RankId to)
    {
        ForgetRecent();
        cache.LeaveRegion(root, null);
        cache.Subtrees.AdjustAuth(root, Authority.Of(to));
        cache.Subtrees.TryMerge(root);
        return null;
    }
}
