using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What other ranks say that they own.</content>
public sealed partial class SubtreeMap
{
    private const DirState Moving = DirState.Exporting | DirState.Importing | DirState.FrozenTree;

    /// <summary>Is the root this rank's own, or on its way from or to it? Nobody else's word counts there.</summary>
    public static bool IsOwn(Dir root) => root.IsAuth || root.Has(Moving);

    /// <summary>A rank says that a subtree is its own, and where it ends. What this rank owns, or what is on its way from or
    /// to it, is left alone. Source: migrator specification, 4.3 (c).</summary>
    /// <param name="dir">Its root, as far as it is known here.</param>
    /// <param name="bounds">Where it ends; others may lie in it that are not known here, and the reverse.</param>
    /// <param name="owner">The rank.</param>
    /// <returns>Does that change anything?</returns>
    public bool TakeClaim(Dir dir, IReadOnlyList<DirFrag> bounds, RankId owner)
    {
        if (IsOwn(dir))
            return false;
        List<Dir> known = [];
        MapDirFrags(bounds, known);
        Authority authority = Authority.Of(owner);
        Authority before = AuthorityOf(dir);
        foreach (Dir bound in known)
        {
            if (!bound.IsAuth && !bound.IsSubtreeRoot && IsBelow(bound, dir))
                AdjustAuth(bound, before);
        }

        bool isNew = before != authority;
        if (isNew)
            AdjustAuth(dir, authority);
        List<Dir> found = [];
        AddRootsBelow(dir, found);
        for (int i = 0; i < found.Count; i++)
        {
            bool isOthers = IsOwn(found[i]) || known.Contains(found[i]);
            if (isOthers)
                continue;
            AddRootsBelow(found[i], found);
            isNew |= found[i].DirAuth != authority;
            AdjustAuth(found[i], authority);
        }

        TryMerge(dir);
        foreach (Dir below in found)
            TryMergeAt(below);
        return isNew;
    }

    /// <summary>The dirfrags at which a subtree of this rank ends, by name.</summary>
    public IReadOnlyList<DirFrag> BoundsOf(Dir root)
    {
        Invariant.That(root.IsSubtreeRoot);
        List<Dir> bounds = [];
        AddRootsBelow(root, bounds);
        return [.. bounds.Select(static bound => bound.Name)];
    }
}
