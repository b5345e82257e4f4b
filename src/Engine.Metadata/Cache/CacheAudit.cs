// Checks a cache against the invariants of the specification's section 6 that one rank can check alone.
//
// Level 1 costs the number of dirfrags, level 2 that of the entries, level 3 also reads every page's slots. Everything is
// recomputed from what it is derived from. Violations come as text that begins with the invariant's number.

using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>One run of the checks over one cache.</summary>
internal sealed partial class CacheAudit(MetadataCache cache)
{
    private readonly List<string> _violations = [];

    /// <summary>Checks; empty when all is well.</summary>
    public List<string> Run(int level)
    {
        CheckSubtrees();
        CheckFreezes();
        foreach (Dir dir in cache.Dirs)
            CheckDir(dir, level);
        if (level >= 2)
            CheckNodes();
        return _violations;
    }

    /// <summary>Checks what a step changed.</summary>
    /// <param name="dirs">Dirfrags that it changed, and to which level each is to be checked.</param>
    /// <param name="hasMap">It changed the subtree map.</param>
    /// <param name="isAlone">The rank is alone, and nothing migrates.</param>
    public List<string> RunOn(List<(Dir Dir, int Level)> dirs, bool hasMap, bool isAlone)
    {
        CheckFreezes();
        if (hasMap)
            CheckSubtrees();
        foreach ((Dir dir, int level) in dirs)
        {
            CheckDir(dir, level);
            CheckNode(dir.Inode, ref cache.Nodes[dir.Inode]);
            for (int i = 0; level >= 2 && i < dir.Count; i++)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                CheckNode(node, ref cache.Nodes[node]);
            }

            if (isAlone)
                CheckAlone(dir, level);
        }

        return _violations;
    }

    private void CheckDir(Dir dir, int level)
    {
        CheckAuthority(dir);
        CheckFreezing(dir);
        CheckDirPins(dir);
        CheckVersions(dir);
        if (level >= 3 && !dir.Pages.IsAsSealed())
            _violations.Add($"A9: {dir}: a page has changed since it was sealed");
        if (level >= 2)
            CheckEntries(dir);
        if (level >= 3)
            CheckPages(dir);
    }

    private void Expect<T>(bool holds, string invariant, T what, string message)
    {
        if (!holds)
            _violations.Add($"{invariant}: {what}: {message}");
    }

    private void Expect<T>(
        bool holds, string invariant, T what, [InterpolatedStringHandlerArgument(nameof(holds))] ref AuditText message)
    {
        if (!holds)
            _violations.Add($"{invariant}: {what}: {message.Taken()}");
    }

    private void CheckAuthority(Dir dir)
    {
        int me = cache.Me.Value;
        Authority authority = dir.DirAuth;
        if (!dir.IsSubtreeRoot)
            Expect(dir.IsAuth == cache.IsAuth(dir.Inode), "A8", dir, "authority differs from that of its inode");
        else if (!authority.IsAmbiguous)
            Expect(dir.IsAuth == (authority.First == me), "A1", dir, "acts as authority against its pair");
        else
            Expect(dir.IsAuth ? authority.First == me || authority.Second == me : authority.First != me,
                "A1", dir, "acts as authority against its pair");
        if (authority.First == me && authority.Second == me)
            Expect(dir.Has(DirState.FrozenTree), "A6", dir, "is kept for a migration, but not frozen");
    }

    /// <summary>What a walk over a region relies on.</summary>
    private void CheckBelow()
    {
        int inside = 0;
        int listed = 0;
        foreach (Dir dir in cache.Dirs)
        {
            inside += cache.ParentOf(dir) == null ? 0 : 1;
            for (Dir? below = dir.FirstBelow; below != null; below = below.NextBelow)
            {
                listed++;
                Expect(cache.ParentOf(below) == dir, "M2", below, "listed below a dirfrag that does not have its inode");
            }
        }

        Expect(inside == listed, "M2", cache.Me, $"{inside} dirfrags lie in others, {listed} are listed below one");
    }

    private void CheckSubtrees()
    {
        SubtreeMap map = cache.Subtrees;
        HashSet<Dir> listed = [.. map.Roots()];
        Expect(listed.Count == map.Count, "M1", cache.Me, $"{listed.Count} roots listed, {map.Count} counted");
        Dictionary<Dir, HashSet<Dir>> bounds = listed.ToDictionary(root => root, _ => new HashSet<Dir>());
        foreach (Dir dir in cache.Dirs)
        {
            Expect(listed.Contains(dir) == dir.IsSubtreeRoot, "M1", dir, "the list of roots and its authority disagree");
            int pins = cache.PinsOf(dir, PinKind.Subtree);
            Expect(pins < 0 || pins == (dir.IsSubtreeRoot ? 1 : 0), "M1", dir, $"{pins} subtree pins");
            if (!dir.IsSubtreeRoot || cache.ParentOf(dir) is not Dir parent)
                continue;
            Dir? outer = map.TryFindRoot(parent);
            Expect(outer != null, "M2", dir, "a root inside no subtree");
            if (outer != null && bounds.TryGetValue(outer, out HashSet<Dir>? inside))
                inside.Add(dir);
            Expect(!map.IsMergeable(dir), "M3", dir, "could be merged into the subtree around it");
        }

        CheckBelow();

        foreach ((Dir root, HashSet<Dir> expected) in bounds)
        {
            List<Dir> found = [];
            map.AddRootsBelow(root, found);
            Expect(found.Count == expected.Count && expected.SetEquals(found), "M2", root,
                $"{found.Count} bounds by links, {expected.Count} by walking up");
        }
    }

    private void CheckFreezes()
    {
        int freezing = 0;
        int frozen = 0;
        foreach (Dir dir in cache.Dirs)
        {
            freezing += dir.Has(DirState.FreezingTree) ? 1 : 0;
            frozen += dir.Has(DirState.FrozenTree) ? 1 : 0;
        }

        Expect(freezing == cache.FreezingTrees && frozen == cache.FrozenTrees, "F5", cache.Me,
            $"counters say {cache.FreezingTrees} freezing, {cache.FrozenTrees} frozen; there are {freezing}, {frozen}");
    }

    private void CheckFreezing(Dir dir)
    {
        int nested = 0;
        int own = 0;
        for (int i = 0; i < dir.Count; i++)
        {
            ref NodeSide side = ref cache.Nodes[MetadataCache.EntryAt(dir, i)];
            nested += side.AuthPins + side.NestedAuthPins;
            own += side.AuthPins;
        }

        Expect(nested == dir.NestedAuthPins && own == dir.DirAuthPins, "F1", dir,
            $"auth pins {dir.NestedAuthPins} nested, {dir.DirAuthPins} on entries; should be {nested}, {own}");
        if (dir.Has(DirState.FrozenTree))
            Expect(dir.CumulativeAuthPins == 0, "F2", dir, $"frozen with {dir.CumulativeAuthPins} auth pins");
        if (dir.Has(DirState.FrozenDir))
            Expect(dir.AuthPins + dir.DirAuthPins == 0, "F2", dir, "frozen with auth pins");
        if (dir.Has(DirState.FreezingTree | DirState.FreezingDir))
            Expect(dir.AuthPins >= 1, "F4", dir, "freezing without the freezer's auth pin");
        if (dir.CumulativeAuthPins > 0)
            Expect(!cache.IsFrozenTree(dir), "F3", dir, "auth-pinned inside a frozen tree");
    }

    private void CheckDirPins(Dir dir)
    {
        if (cache.PinsOf(dir, PinKind.Child) < 0)
            return;
        int total = cache.PinTotalOf(dir);
        Expect(total == dir.Pins, "P2", dir, $"{dir.Pins} pins, {total} by kind");
        ulong replicas = cache.ReplicasOf(dir);
        Expect(dir.IsAuth || (replicas & ~(1UL << cache.Me.Value)) == 0, "R1", dir, "a copy counts copies");
        ExpectPin(dir, PinKind.Replicated, dir.IsAuth && replicas != 0);
        ExpectPin(dir, PinKind.Child, dir.Count > 0);
        ExpectPin(dir, PinKind.AuthPin, dir.AuthPins > 0);
        ExpectPin(dir, PinKind.Waiter, dir.Waiters is { IsEmpty: false });
        ExpectPin(dir, PinKind.Dirty, dir.IsDirty);
        ExpectPin(dir, PinKind.Frozen, dir.Has(DirState.FrozenTree | DirState.FrozenDir));
    }

    private void ExpectPin(Dir dir, PinKind kind, bool expected) =>
        Expect(cache.PinsOf(dir, kind) == (expected ? 1 : 0), "P2", dir,
            $"{cache.PinsOf(dir, kind)} pins of kind {kind}, {(expected ? 1 : 0)} expected");

    private void CheckVersions(Dir dir)
    {
        ulong version = cache.VersionOf(dir);
        Expect(dir.CommittedVersion <= version, "N4", dir, $"committed {dir.CommittedVersion} is ahead of {version}");
        Expect(dir.CommittingVersion <= version, "N4", dir, $"committing {dir.CommittingVersion} is ahead of {version}");
        Expect(dir.IsDirty == dir.DirtySegment >= 0, "J6", dir, "dirty without a segment, or the other way round");
        Expect(!dir.DirtyNodes.IsEmpty ? dir.IsDirty : true, "J6", dir, "clean with dirty entries");
        Expect(cache.TreeOf(dir.Inode)?.IsLeaf(dir.Frag) ?? dir.Frag == Frag.Root, "FT", dir, "its frag is no leaf");
    }
}
