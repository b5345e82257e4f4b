using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What this rank drops of others' metadata, to be told to them.</content>
public sealed partial class MetadataCache
{
    private readonly SortedDictionary<(RankId To, DirFrag Realm), ExpiredRealm> _expired = [];

    /// <summary>Takes what was trimmed since the last call: a message for each rank that has to know, in order of rank.</summary>
    public IReadOnlyList<(RankId To, CacheExpire Message)> TakeExpired()
    {
        if (_expired.Count == 0)
            return [];
        List<(RankId To, CacheExpire Message)> messages = [];
        foreach (IGrouping<RankId, KeyValuePair<(RankId To, DirFrag Realm), ExpiredRealm>> group in
            _expired.GroupBy(pair => pair.Key.To))
        {
            List<ExpireRealm> realms = [.. group.Select(
                pair => new ExpireRealm(pair.Key.Realm, pair.Value.Entries, pair.Value.Dirs))];
            messages.Add((group.Key, new CacheExpire(realms)));
        }

        _expired.Clear();
        return messages;
    }

    /// <summary>A copy of a node is about to be dropped.</summary>
    private void NoteExpired(Dir dir, NodeId node)
    {
        uint nonce = dir.IsAuth ? 0 : NonceOf(node, Me);
        if (nonce == 0)
            return;
        ExpiredEntry entry = new(dir.Name, NameOf(node).ToArray(), nonce);
        ForRealm(dir, (realm) => realm.Entries.Add(entry));
    }

    /// <summary>A copy of a dirfrag is about to be dropped.</summary>
    private void NoteExpired(Dir dir)
    {
        uint nonce = dir.IsAuth ? 0 : NonceOf(dir, Me);
        if (nonce != 0)
            ForRealm(dir, (realm) => realm.Dirs.Add(new ExpiredDir(dir.Name, nonce)));
    }

    /// <summary>Both ranks of an ambiguous pair are told. Where this rank is one of them, the other is: should the migration come
    /// to nothing, that one has to know.</summary>
    private void ForRealm(Dir dir, Action<ExpiredRealm> add)
    {
        Dir root = Subtrees.RootOf(dir);
        Authority authority = root.DirAuth;
        AddForRealm(authority.First, root.Name, add);
        if (authority.Second != authority.First)
            AddForRealm(authority.Second, root.Name, add);
    }

    private void AddForRealm(int rank, DirFrag root, Action<ExpiredRealm> add)
    {
        if (rank < 0 || rank == Me.Value)
            return;
        (RankId, DirFrag) key = (new RankId(rank), root);
        if (!_expired.TryGetValue(key, out ExpiredRealm? realm))
            _expired.Add(key, realm = new ExpiredRealm());
        add(realm);
    }

    private sealed class ExpiredRealm
    {
        public List<ExpiredEntry> Entries { get; } = [];

        public List<ExpiredDir> Dirs { get; } = [];
    }
}
