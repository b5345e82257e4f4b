using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>What a chain should hold, kept beside it: follows records as they move, and compares everything.</summary>
internal sealed unsafe class ChainModel : IRecordMoves
{
    private readonly Dictionary<RecordRef, Item> _byPlace = [];
    private readonly List<Item> _items = [];

    public PageChain Chain { get; set; } = null!;

    public int Count => _items.Count;

    public int MoveCount { get; private set; }

    public void RecordMoved(RecordRef from, RecordRef to)
    {
        MoveCount++;
        if (Chain is null || Chain.Pool.KindOf(to) == RecordKind.Dir)
            return;
        Assert.True(_byPlace.Remove(from, out Item? item), $"{from} moved, which nobody knows");
        Assert.True(Chain.Pool.Name(to).SequenceEqual(item.Name));
        Assert.True(Chain.Pool.Name(from).SequenceEqual(item.Name));
        item.At = to;
        _byPlace.Add(to, item);
    }

    public IoError Add(RecordKind kind, byte[] name, ulong stamp)
    {
        IoError error = Chain.TryAdd(kind, name, NameHash.Of(name), out RecordRef at);
        if (error.Failed)
            return error;
        var item = new Item { Name = name, Kind = kind, At = at, Stamp = stamp };
        _items.Add(item);
        _byPlace.Add(at, item);
        Chain.Pool.Dentry(at)->Version = stamp;
        if (kind == RecordKind.Entry)
            Chain.Pool.Entry(at)->Inode.Ino = new Ino(stamp);
        return IoError.None;
    }

    public IoError Remove(int index)
    {
        Item item = _items[index];
        IoError error = Chain.TryRemove(item.At);
        if (error.Failed)
            return error;
        _items.RemoveAt(index);
        _byPlace.Remove(item.At);
        return IoError.None;
    }

    public IoError Write(int index, ulong stamp)
    {
        Item item = _items[index];
        RecordRef at = item.At;
        if (!Chain.TryWrite(ref at))
            return IoError.NoMemory;
        Assert.Equal(item.At, at);
        Chain.Pool.Dentry(at)->Version = stamp;
        item.Stamp = stamp;
        return IoError.None;
    }

    public IoError Convert(int index, RecordKind kind)
    {
        Item item = _items[index];
        RecordRef at = item.At;
        IoError error = Chain.TryConvert(ref at, kind);
        Assert.Equal(item.At, at);
        if (error.Failed)
            return error;
        if (item.Kind != kind && kind == RecordKind.Link)
            DropInodeItems(item);
        item.Kind = kind;
        return IoError.None;
    }

    public IoError SetExt(int index, ExtKind kind, byte[]? value)
    {
        Item item = _items[index];
        RecordRef at = item.At;
        IoError error = value is null ? Chain.TryRemoveExt(ref at, kind) : Chain.TrySetExt(ref at, kind, value);
        Assert.Equal(item.At, at);
        if (error.IsNone)
            item.Ext[(int)kind] = value;
        return error;
    }

    /// <summary>Compares every record, name and attribute, and the chain's own figures.</summary>
    public void Verify()
    {
        int records = 0;
        long bytes = 0;
        foreach (PageId page in Chain.Pages)
        {
            MetadataPage view = Chain.Pool.Page(page);
            bytes += view.Size;
            foreach (int slot in view.Slots)
                records += view.KindOf(slot) is RecordKind.Entry or RecordKind.Link ? 1 : 0;
        }

        foreach (PageId page in Chain.ExtPages)
            bytes += Chain.Pool.Page(page).Size;
        Assert.Equal(_items.Count, records);
        Assert.Equal(Chain.BytesUsed, bytes);
        Assert.Equal(RecordKind.Dir, Chain.Pool.KindOf(Chain.Dir));
        var scratch = new byte[ExtLimits.BytesMax];
        foreach (Item item in _items)
            VerifyItem(Chain, item.At, item, scratch);
    }

    private static void VerifyItem(PageChain chain, RecordRef at, Item item, byte[] scratch)
    {
        Assert.Equal(item.Kind, chain.Pool.KindOf(at));
        Assert.True(chain.Pool.Name(at).SequenceEqual(item.Name));
        Assert.Equal(item.Stamp, chain.Pool.Dentry(at)->Version);
        for (int kind = 1; kind < ExtLimits.KindCount; kind++)
        {
            bool has = chain.TryGetExt(at, (ExtKind)kind, scratch, out ReadOnlySpan<byte> value);
            Assert.Equal(item.Ext[kind] is not null, has);
            if (item.Ext[kind] is { } expected)
                Assert.True(value.SequenceEqual(expected));
        }
    }

    private static void DropInodeItems(Item item)
    {
        for (int kind = 1; kind < ExtLimits.KindCount; kind++)
            item.Ext[kind] = (ExtKind)kind == ExtKind.Replicas ? item.Ext[kind] : null;
    }

    private sealed class Item
    {
        public required byte[] Name { get; init; }

        public RecordKind Kind { get; set; }

        public RecordRef At { get; set; }

        public ulong Stamp { get; set; }

        public byte[]?[] Ext { get; } = new byte[]?[ExtLimits.KindCount];
    }
}
