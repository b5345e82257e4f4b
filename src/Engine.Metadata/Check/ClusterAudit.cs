// What must hold between ranks, seen by one who sees them all. Between steps, and where nothing is on its way.

using System.Numerics;

namespace Engine.Metadata;

/// <summary>Checks ranks against one another. Source: migrator specification, section 6: A2, A7, C1, R1, R2, R4.</summary>
public static class ClusterAudit
{
    /// <summary>What is wrong between ranks that serve, a line each.</summary>
    /// <param name="ranks">The present lives, each between two steps.</param>
    /// <param name="isQuiescent">No message is on its way.</param>
    public static IReadOnlyList<string> Find(IReadOnlyList<Rank> ranks, bool isQuiescent)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        List<string> findings = [];
        FindOwners(ranks, findings, isQuiescent);
        FindCaps(ranks, findings);
        if (!isQuiescent)
            return findings;
        foreach (Rank rank in ranks)
        {
            FindCopies(rank, ranks, findings);
            FindGiven(rank, ranks, findings);
        }

        return findings;
    }

    /// <summary>A2: one rank at most serves a dirfrag; A7: all who know it agree whose it is.</summary>
    private static void FindOwners(IReadOnlyList<Rank> ranks, List<string> findings, bool isQuiescent)
    {
        Dictionary<DirFrag, RankId> owners = [];
        foreach (Rank rank in ranks)
        {
            foreach (Dir dir in rank.Cache.Dirs)
            {
                if (!dir.IsAuth || rank.Cache.IsFrozenTree(dir))
                    continue;
                if (!owners.TryAdd(dir.Name, rank.Cache.Me))
                    findings.Add($"A2: {dir.Name} is served by {owners[dir.Name]} and {rank.Cache.Me}");
            }
        }

        foreach (Rank rank in isQuiescent ? ranks : [])
        {
            foreach (Dir dir in rank.Cache.Dirs)
            {
                Authority here = rank.Cache.Subtrees.AuthorityOf(dir);
                bool isKnown = !owners.ContainsKey(dir.Name) && OwnerOf(here, ranks)?.FindDir(dir.Name) is { IsAuth: false };
                if (isKnown && here.First != rank.Cache.Me.Value)
                    findings.Add($"A3: {dir.Name} is nobody's, {rank.Cache.Me} takes it for {here}");
                if (here.IsAmbiguous)
                    findings.Add($"A7: {dir.Name} is in doubt, {here}, for {rank.Cache.Me}");
                if (owners.TryGetValue(dir.Name, out RankId owner) && here.First != owner.Value)
                    findings.Add($"A7: {dir.Name} is {owner}'s, {rank.Cache.Me} takes it for {here}");
            }
        }
    }

    /// <summary>C1: a client has one capability on an inode, at the inode's authority.</summary>
    private static void FindCaps(IReadOnlyList<Rank> ranks, List<string> findings)
    {
        HashSet<(Ino, ClientId)> known = [];
        foreach (Rank rank in ranks)
        {
            List<CapInode> inodes = [];
            rank.Caps.List(inodes);
            foreach (CapInode inode in inodes)
            {
                // What moves has capabilities at both ends, and gives nobody anything.
                if (inode.IsExporting || rank.Cache.IsFrozen(inode.Object.Node))
                    continue;
                List<Cap> caps = [];
                rank.Caps.List(inode, caps);
                if (!rank.Cache.IsAuth(inode.Object.Node))
                    findings.Add($"C1: {rank.Cache.Me} gave capabilities on {inode.Object}, which is another's");
                foreach (Cap cap in caps)
                {
                    if (!known.Add((cap.Ino, cap.Client)))
                        findings.Add($"C1: client {cap.Client.Value} has two capabilities on {cap.Ino}");
                }
            }
        }
    }

    /// <summary>R1: who has a copy is known to the authority with that number; R4: attributes of a copy are those of the
    /// authority.</summary>
    private static void FindCopies(Rank rank, IReadOnlyList<Rank> ranks, List<string> findings)
    {
        MetadataCache cache = rank.Cache;
        foreach (Dir dir in cache.Dirs)
        {
            if (dir.IsAuth || OwnerOf(cache.Subtrees.AuthorityOf(dir), ranks) is not { } owner)
                continue;
            for (int i = 0; i < dir.Count; i++)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                Dir? there = owner.FindDir(dir.Name);
                NodeId original = there is null ? NodeId.None : owner.Lookup(there, cache.NameOf(node));
                string name = $"{cache.Me}'s copy of {Show(cache, node)} in {dir.Name}";
                if (original.IsNone)
                    findings.Add($"R1: {name} is of nothing that {owner.Me} has");
                else if (owner.NonceOf(original, cache.Me) != cache.NonceOf(node, cache.Me))
                    findings.Add($"R1: {name} has number {cache.NonceOf(node, cache.Me)}, {owner.Me} knows of "
                        + $"{owner.NonceOf(original, cache.Me)}");
                else if (!AreAlike(cache, node, owner, original))
                    findings.Add($"R4: {name} is not like what it is a copy of");
            }
        }
    }

    /// <summary>R2: whom the authority knows to have a copy has one.</summary>
    private static void FindGiven(Rank rank, IReadOnlyList<Rank> ranks, List<string> findings)
    {
        MetadataCache cache = rank.Cache;
        foreach (Dir dir in cache.Dirs)
        {
            if (!dir.IsAuth)
                continue;
            foreach (MetadataCache other in Others(cache.ReplicasOf(dir), ranks))
            {
                if (other.FindDir(dir.Name) is null)
                    findings.Add($"R2: {dir.Name}: {other.Me} has no copy, {cache.Me} believes that it has");
            }

            for (int i = 0; i < dir.Count; i++)
            {
                NodeId node = MetadataCache.EntryAt(dir, i);
                foreach (MetadataCache other in Others(cache.ReplicasOf(node), ranks))
                {
                    Dir? there = other.FindDir(dir.Name);
                    if (there is null || other.Lookup(there, cache.NameOf(node)).IsNone)
                        findings.Add($"R2: {Show(cache, node)} in {dir.Name}: {other.Me} has no copy");
                }
            }
        }
    }

    private static bool AreAlike(MetadataCache cache, NodeId node, MetadataCache owner, NodeId original)
    {
        if (cache.HasInode(node) != owner.HasInode(original) || cache.IsNull(node) != owner.IsNull(original))
            return false;
        if (!cache.HasInode(node))
            return cache.Link(node).RemoteIno == owner.Link(original).RemoteIno;
        ref readonly InodeFields copy = ref cache.Inode(node);
        ref readonly InodeFields known = ref owner.Inode(original);
        return copy.Ino == known.Ino && copy.Mode == known.Mode && copy.Uid == known.Uid && copy.Gid == known.Gid;
    }

    private static MetadataCache? OwnerOf(Authority authority, IReadOnlyList<Rank> ranks) =>
        ranks.FirstOrDefault(each => each.Cache.Me.Value == authority.First)?.Cache;

    private static IEnumerable<MetadataCache> Others(ulong bits, IReadOnlyList<Rank> ranks)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            int rank = BitOperations.TrailingZeroCount(bits);
            if (ranks.FirstOrDefault(each => each.Cache.Me.Value == rank) is { } found)
                yield return found.Cache;
        }
    }

    private static string Show(MetadataCache cache, NodeId node) => NameText.Show(cache.NameOf(node));
}
