// Random operations on a cache, and what it should hold in plain dictionaries: every open dirfrag with the nodes of its names.
// Pins, auth pins and freezes that are under way are lists, so that they end in the order in which they began.

using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Random operations on a cache beside plain dictionaries of what it should hold.</summary>
internal sealed class CacheModel(ulong seed) : IDisposable
{
    private readonly SeededRandom _random = new(seed);
    private readonly CacheFixture _fixture = new();
    private readonly Dictionary<Dir, Dictionary<string, Item>> _dirs = [];
    private readonly List<NodeId> _pinned = [];
    private readonly List<NodeId> _authPinned = [];
    private readonly List<Dir> _authPinnedDirs = [];
    private readonly List<Dir> _freezing = [];
    private readonly List<string> _log = [];
    private long _position;

    /// <summary>Pairs of names that were exchanged.</summary>
    public int Exchanged { get; private set; }

    private MetadataCache Cache => _fixture.Cache;

    public void Run(int steps)
    {
        _dirs.Add(_fixture.RootDir, []);
        for (int i = 0; i < steps; i++)
        {
            Step();
            _fixture.RunReady();
            IReadOnlyList<string> violations = Cache.Audit(i % 8 == 0 ? 3 : 1);
            Assert.True(violations.Count == 0, $"seed {seed} step {i}: {string.Join("; ", violations)}");
            if (i % 16 == 0)
                Compare();
        }
    }

    public void Dispose() => _fixture.Dispose();

    private void Step()
    {
        Dir dir = AnyDir();
        switch (_random.NextInt(23))
        {
            case 0 or 1 or 2 or 3:
                Create(dir);
                break;
            case 4:
                CreateDirectory(dir);
                break;
            case 5 or 6:
                Unlink(dir);
                break;
            case 7 or 8:
                Rename(dir);
                break;
            case 9:
                PinOrUnpin(dir);
                break;
            case 10 or 11 or 12:
                AuthPinOrUnpin(dir);
                break;
            case 13:
                Freeze(dir);
                break;
            case 14 or 15:
                Thaw();
                break;
            case 16:
                Delegate(dir);
                break;
            case 17:
                Dirty(dir);
                break;
            case 18 or 19:
                Commit();
                break;
            case 20 or 21:
                Split(dir);
                break;
            default:
                Merge(dir);
                break;
        }
    }

    private void Split(Dir dir)
    {
        if (dir == _fixture.RootDir || dir.Count < 4 || !Cache.CanFragment(dir))
            return;
        if (!Cache.FreezeDir(dir))
        {
            Cache.UnfreezeDir(dir);
            return;
        }

        List<Dir> parts = [];
        CacheFixture.Check(Cache.TrySplit(dir, _random.NextInt(1, 3), parts));
        Dictionary<string, Item> items = _dirs[dir];
        _dirs.Remove(dir);
        foreach (Dir part in parts)
        {
            _dirs.Add(part, items.Where(item => part.Frag.Contains(NameHash.Of(CacheFixture.Bytes(item.Key)))).ToDictionary());
            Cache.UnfreezeDir(part);
        }
    }

    private void Merge(Dir dir)
    {
        FragTree? tree = Cache.TreeOf(dir.Inode);
        if (tree == null || dir.Frag == Frag.Root)
            return;
        Frag around = dir.Frag.Parent();
        List<Dir> parts = [.. tree.LeavesUnder(around).ToArray().Select(leaf => Cache.FindDir(dir.Inode, leaf)!)];
        if (!parts.All(Cache.CanFragment) || parts.Any(part => part.DirAuth != dir.DirAuth))
            return;
        bool isFrozen = true;
        foreach (Dir part in parts)
            isFrozen &= Cache.FreezeDir(part);
        if (!isFrozen)
        {
            parts.ForEach(Cache.UnfreezeDir);
            return;
        }

        CacheFixture.Check(Cache.TryMerge(dir.Inode, around, out Dir? merged));
        _dirs.Add(merged!, parts.SelectMany(part => _dirs[part]).ToDictionary());
        parts.ForEach(part => _dirs.Remove(part));
        Cache.UnfreezeDir(merged!);
    }

    private Dir Holder(Dir dir, string name) => Cache.FindDirFor(dir.Inode, NameHash.Of(CacheFixture.Bytes(name)))!;

    private Dir AnyDir()
    {
        int index = _random.NextInt(_dirs.Count);
        return _dirs.Keys.ElementAt(index);
    }

    private string? AnyName(Dir dir) =>
        _dirs[dir].Count == 0 ? null : _dirs[dir].Keys.ElementAt(_random.NextInt(_dirs[dir].Count));

    private void Create(Dir dir)
    {
        string name = $"f{_random.NextInt(40)}";
        dir = Holder(dir, name);
        if (!Cache.CanAuthPin(dir) || (_dirs[dir].TryGetValue(name, out Item? item) && item.Ino.Value != 0))
            return;
        int kind = _random.NextInt(8);
        if (kind == 0 && item == null)
        {
            CacheFixture.Check(Cache.TryAddNull(dir, CacheFixture.Bytes(name), out NodeId node));
            _dirs[dir][name] = new Item(node, default, false);
        }
        else if (kind == 1)
        {
            Ino ino = new(0x9_0000 + _random.Next() % 100);
            CacheFixture.Check(Cache.TryLinkRemote(dir, CacheFixture.Bytes(name), ino, 8, out NodeId node));
            _dirs[dir][name] = new Item(node, ino, true);
        }
        else
        {
            NodeId node = _fixture.File(dir, name);
            Assert.True(item == null || item.Node == node);
            _dirs[dir][name] = new Item(node, Cache.Inode(node).Ino, false);
            if (kind == 2)
                CacheFixture.Check(Cache.WriteExt(node, ExtKind.Xattrs, PageFixture.Bytes(Cache.Inode(node).Ino.Value, 1500)));
        }
    }

    private void CreateDirectory(Dir dir)
    {
        string name = $"d{_random.NextInt(10)}";
        dir = Holder(dir, name);
        if (!Cache.CanAuthPin(dir) || _dirs[dir].ContainsKey(name) || _dirs.Count > 40)
            return;
        NodeId node = _fixture.Directory(dir, name);
        _dirs[dir][name] = new Item(node, Cache.Inode(node).Ino, false);
        _dirs.Add(_fixture.Open(node), []);
    }

    private void Unlink(Dir dir)
    {
        string? name = AnyName(dir);
        if (name == null || !Cache.CanAuthPin(dir))
            return;
        Item item = _dirs[dir][name];
        if (Cache.FirstDirOf(item.Node) is Dir below)
        {
            if (below.Frag != Frag.Root || below.Count > 0 || below.Pins > 0)
                return;
            Cache.Close(below);
            _dirs.Remove(below);
        }

        if (Cache.PinsOf(item.Node) > (Cache.StateOf(item.Node).HasFlag(NodeState.Dirty) ? 1 : 0) || _random.NextBool(0.3))
        {
            if (Cache.IsNull(item.Node))
                return;
            CacheFixture.Check(Cache.TryMakeNull(item.Node));
            _dirs[dir][name] = new Item(item.Node, default, false);
            return;
        }

        CacheFixture.Check(Cache.TryRemove(item.Node));
        _dirs[dir].Remove(name);
    }

    private void Rename(Dir dir)
    {
        string? name = AnyName(dir);
        Dir to = AnyDir();
        string newName = $"f{_random.NextInt(40)}";
        to = Holder(to, newName);
        if (name == null || !Cache.CanAuthPin(dir) || !Cache.CanAuthPin(to) || Cache.FreezingTrees + Cache.FrozenTrees > 0)
            return;
        Item item = _dirs[dir][name];
        bool exists = _dirs[to].TryGetValue(newName, out Item? existing);
        if (exists && existing!.Ino.Value != 0)
        {
            Exchange(dir, name, item, to, newName, existing);
            return;
        }

        if ((exists && Cache.PinsOf(existing!.Node) > 0) || (dir == to && name == newName)
            || Cache.IsBelow(to.Inode, item.Node))
        {
            return;
        }

        byte[] xattrs = Cache.ReadExt(item.Node, ExtKind.Xattrs);
        CacheFixture.Check(Cache.TryMove(item.Node, to, CacheFixture.Bytes(newName)));
        Assert.Equal(xattrs, Cache.ReadExt(item.Node, ExtKind.Xattrs));
        _dirs[dir].Remove(name);
        _dirs[to][newName] = item;
        if (to.IsAuth)
            Cache.MarkDirty(item.Node, 0, ++_position);
    }

    private void Exchange(Dir oneDir, string oneName, Item one, Dir otherDir, string otherName, Item other)
    {
        bool isNull = one.Ino.Value == 0;
        if (one == other || isNull || Cache.IsBelow(otherDir.Inode, one.Node) || Cache.IsBelow(oneDir.Inode, other.Node))
            return;
        (byte[] first, byte[] second) = (Cache.ReadExt(one.Node, ExtKind.Xattrs), Cache.ReadExt(other.Node, ExtKind.Xattrs));
        CacheFixture.Check(Cache.TryExchange(one.Node, other.Node));
        Assert.Equal(first, Cache.ReadExt(one.Node, ExtKind.Xattrs));
        Assert.Equal(second, Cache.ReadExt(other.Node, ExtKind.Xattrs));
        (_dirs[oneDir][oneName], _dirs[otherDir][otherName]) = (other, one);
        Exchanged++;
        if (otherDir.IsAuth)
            Cache.MarkDirty(one.Node, 0, ++_position);
        if (oneDir.IsAuth)
            Cache.MarkDirty(other.Node, 0, ++_position);
    }

    private void PinOrUnpin(Dir dir)
    {
        if (_pinned.Count > 5)
        {
            Cache.Unpin(_pinned[0], PinKind.Request);
            _pinned.RemoveAt(0);
        }
        else if (AnyName(dir) is string name)
        {
            NodeId node = _dirs[dir][name].Node;
            Cache.Pin(node, PinKind.Request);
            _pinned.Add(node);
        }
    }

    private void AuthPinOrUnpin(Dir dir)
    {
        if (_authPinned.Count > 0 && _random.NextBool(0.5))
        {
            Cache.AuthUnpin(_authPinned[0]);
            _authPinned.RemoveAt(0);
        }
        else if (_authPinnedDirs.Count > 0 && _random.NextBool(0.5))
        {
            Cache.AuthUnpin(_authPinnedDirs[0]);
            _authPinnedDirs.RemoveAt(0);
        }
        else if (_random.NextBool(0.5) && Cache.CanAuthPin(dir))
        {
            Cache.AuthPin(dir);
            _authPinnedDirs.Add(dir);
        }
        else if (AnyName(dir) is string name && Cache.CanAuthPin(_dirs[dir][name].Node))
        {
            Cache.AuthPin(_dirs[dir][name].Node);
            _authPinned.Add(_dirs[dir][name].Node);
        }
    }

    private void Freeze(Dir dir)
    {
        if (dir == _fixture.RootDir || !dir.IsAuth || Cache.IsFreezing(dir) || Cache.IsFrozen(dir) || _freezing.Count > 3)
            return;
        Cache.FreezeTree(dir);
        _freezing.Add(dir);
        Cache.Wait(dir, WaitMask.Frozen, new Note($"frozen {dir.Name}", _log));
        if (dir.Has(DirState.FrozenTree))
            Cache.Wake(dir, WaitMask.Frozen);
    }

    private void Thaw()
    {
        if (_freezing.Count == 0)
            return;
        Dir dir = _freezing[0];
        _freezing.RemoveAt(0);
        Cache.UnfreezeTree(dir);
        _fixture.Subtrees.TryMerge(dir);
    }

    private void Delegate(Dir dir)
    {
        if (dir == _fixture.RootDir || Cache.FreezingTrees + Cache.FrozenTrees > 0)
            return;
        List<Dir> bounds = [];
        int rank = _random.NextInt(2);
        _fixture.Give(dir, rank);
        _fixture.Subtrees.TryMerge(dir);
        _fixture.Subtrees.AddWouldBeBounds(_fixture.Subtrees.RootOf(dir), bounds);
        Assert.All(bounds, bound => Assert.True(bound.IsSubtreeRoot));
    }

    private void Dirty(Dir dir)
    {
        if (AnyName(dir) is string name && dir.IsAuth)
            Cache.MarkDirty(_dirs[dir][name].Node, (int)(_position / 20), ++_position);
    }

    private void Commit()
    {
        Dir? dir = Cache.LastDirtyDir(_random.NextInt((int)(_position / 20) + 1));
        if (dir == null)
            return;
        if (!dir.Has(DirState.Committing))
            Cache.BeginCommit(dir);
        else
            Cache.EndCommit(dir, _random.NextBool(0.8));
    }

    private void Compare()
    {
        foreach ((Dir dir, Dictionary<string, Item> items) in _dirs)
        {
            Assert.Equal(items.Count, dir.Count);
            foreach ((string name, Item item) in items)
            {
                Assert.Equal(item.Node, Cache.Lookup(dir, CacheFixture.Bytes(name)));
                Assert.Equal(item.Ino.Value == 0, Cache.IsNull(item.Node));
                if (item.IsRemote)
                    Assert.Equal(item.Ino, Cache.Link(item.Node).RemoteIno);
                else if (item.Ino.Value != 0)
                    Assert.Equal(item.Node, Cache.FindInode(item.Ino));
            }
        }
    }

    private sealed record Item(NodeId Node, Ino Ino, bool IsRemote);
}
