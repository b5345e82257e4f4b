// News of copies that other ranks dropped.
//
// What concerns a subtree whose authority is in doubt waits, by subtree and sender, until a migration is over: its end applies or
// drops it. Each rank of an ambiguous pair got the same news, so that the one that turns out to be authority applies it.
// Invariant: what waits concerns subtrees that were ambiguous with this rank in the pair, or that the gate held back.

namespace Engine.Metadata;

/// <summary>Takes in <see cref="CacheExpire"/>.</summary>
/// <param name="cache">The authority's cache.</param>
/// <param name="gate">See <see cref="IExpireGate"/>; null while there are no migrations.</param>
public sealed class ExpireInbox(MetadataCache cache, IExpireGate? gate)
{
    private readonly SortedDictionary<DirFrag, List<(RankId From, ExpireRealm Realm)>> _delayed = [];

    /// <summary>Subtrees for which news wait.</summary>
    public int DelayedCount => _delayed.Count;

    /// <summary>News that came too late: the sender had got another copy meanwhile, or the object is gone.</summary>
    public long IgnoredCount { get; private set; }

    /// <summary>News of subtrees that are unknown, or not this rank's.</summary>
    public long ForeignCount { get; private set; }

    /// <summary>Applies the news, or keeps them for later.</summary>
    public void Receive(RankId from, CacheExpire message)
    {
        ArgumentNullException.ThrowIfNull(message);
        foreach (ExpireRealm realm in message.Realms)
        {
            NodeId inode = cache.FindInode(realm.Root.Ino);
            Dir? root = inode.IsNone ? null : cache.FindDirFor(inode, realm.Root.Frag.Value);
            if (root == null)
                ForeignCount++;
            else if (root.IsAuth ? gate?.MustDelay(root, from) == true : MayBecomeMine(root))
                Delay(from, realm);
            else if (root.IsAuth)
                Apply(from, realm);
            else
                ForeignCount++;
        }
    }

    /// <summary>The subtree is this rank's now, or still: applies what waited for that.</summary>
    public void ApplyDelayed(DirFrag root)
    {
        if (!_delayed.Remove(root, out List<(RankId From, ExpireRealm Realm)>? waiting))
            return;
        foreach ((RankId from, ExpireRealm realm) in waiting)
            Apply(from, realm);
    }

    /// <summary>The subtree is another rank's: forgets what waited.</summary>
    public void DropDelayed(DirFrag root) => _delayed.Remove(root);

    /// <summary>What a rank was given is forgotten, and will be counted from the beginning: news of copies from before could be
    /// taken for news of later ones. What has not arrived yet is not forgotten.</summary>
    public void Forget(RankId from)
    {
        foreach ((DirFrag root, List<(RankId From, ExpireRealm Realm)> waiting) in _delayed)
        {
            if (cache.FindDir(root) is { IsAuth: true })
                waiting.RemoveAll(each => each.From == from);
        }
    }

    private bool MayBecomeMine(Dir root)
    {
        Authority authority = cache.Subtrees.AuthorityOf(root);
        return authority.IsAmbiguous && authority.Names(cache.Me);
    }

    private void Delay(RankId from, ExpireRealm realm)
    {
        if (!_delayed.TryGetValue(realm.Root, out List<(RankId From, ExpireRealm Realm)>? waiting))
            _delayed.Add(realm.Root, waiting = []);
        waiting.Add((from, realm));
    }

    private void Apply(RankId from, ExpireRealm realm)
    {
        foreach (ExpiredEntry entry in realm.Entries)
        {
            Dir? dir = FindDir(entry.Dir, NameHash.Of(entry.Name));
            NodeId node = dir == null ? NodeId.None : cache.Lookup(dir, entry.Name);
            if (node.IsNone || !cache.IsAuth(node) || !cache.TryRemoveReplica(node, from, entry.Nonce))
                IgnoredCount++;
        }

        foreach (ExpiredDir expired in realm.Dirs)
        {
            Dir? dir = cache.FindDir(expired.Dir);
            if (dir == null || !dir.IsAuth || !cache.TryRemoveReplica(dir, from, expired.Nonce))
                IgnoredCount++;
        }
    }

    private Dir? FindDir(DirFrag name, uint hash)
    {
        NodeId inode = cache.FindInode(name.Ino);
        return inode.IsNone ? null : cache.FindDirFor(inode, hash);
    }
}
