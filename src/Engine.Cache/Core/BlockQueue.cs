using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Cache;

/// <summary>An intrusive list of blocks over one of their link fields; indices from 1 on, 0 for none.</summary>
internal sealed class BlockQueue<TLink>
    where TLink : struct, IBlockLink
{
    private readonly Slab<CachedBlock> _blocks;
    private IntrusiveList _list;

    public BlockQueue(Slab<CachedBlock> blocks) => _blocks = blocks;

    public int Count => _list.Count;

    public int First => Math.Max(0, _list.First);

    public int Last => Math.Max(0, _list.Last);

    public int Next(int block) => Math.Max(0, _list.Next(new Links(_blocks), block));

    public void AddFirst(int block) => _list.AddFirst(new Links(_blocks), block);

    public void AddLast(int block) => _list.AddLast(new Links(_blocks), block);

    public void AddBefore(int next, int block) => _list.InsertBefore(new Links(_blocks), next, block);

    public void Remove(int block) => _list.Remove(new Links(_blocks), block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void MoveToFirst(int block)
    {
        if (_list.First != block)
            _list.MoveToFirst(new Links(_blocks), block);
    }

    public void Verify() => _list.Verify(new Links(_blocks));

    private readonly struct Links(Slab<CachedBlock> blocks) : ILinkStorage
    {
        public ref LinkNode Link(int index) => ref TLink.Of(ref blocks[index]);
    }
}
