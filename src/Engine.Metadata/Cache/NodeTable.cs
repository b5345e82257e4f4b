using System.Runtime.CompilerServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>The side arrays: one <see cref="NodeSide"/> for each node, in chunks that never move, so that references stay valid
/// while nodes are added, and that fill huge pages: with nodes and directory indexes on small pages, look-ups among 200 000
/// files were 13 to 29 % fewer a second. Only the first chunk begins on small pages, for small namespaces. Node 0 is never given
/// out. Lowest free numbers last freed are used first, so that equal sequences of calls give equal numbers.</summary>
internal sealed unsafe class NodeTable : IDisposable
{
    /// <summary>The fewest that fill huge pages without a rest: three of them.</summary>
    private const int ChunkBits = 17;

    private const int ChunkNodes = 1 << ChunkBits;

    /// <summary>The node from which on huge pages are worth their clearing.</summary>
    private const int HugeAt = HugePage.WorthBytes / NodeSide.Bytes;

    private const int SmallPageBytes = 4096;

    private readonly List<UnmanagedArray<NodeSide>> _chunks = [];
    private UnmanagedArray<nint> _pointers = new(64);
    private int _free;
    private int _end = 1;

    /// <summary>Live nodes.</summary>
    public int Count { get; private set; }

    /// <summary>One past the greatest number ever given out: what a walk over all nodes needs.</summary>
    public int End => _end;

    /// <summary>Bytes of unmanaged memory: of a chunk, the pages that nodes have reached.</summary>
    public long Bytes
    {
        get
        {
            nuint reached = (nuint)_end * NodeSide.Bytes;
            nuint pages = _end > HugeAt ? HugePage.RoundUp(reached)
                : (reached + SmallPageBytes - 1) & ~(nuint)(SmallPageBytes - 1);
            return (long)pages + _pointers.Bytes;
        }
    }

    /// <summary>The node's side state; a node that does not exist is an invariant failure.</summary>
    public ref NodeSide this[NodeId node]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref NodeSide side = ref At(node.Value);
            if ((side.State & NodeState.Live) == 0)
                FailDead(node);
            return ref side;
        }
    }

    /// <summary>Does the node exist?</summary>
    public bool IsLive(NodeId node) =>
        node.Value > 0 && node.Value < _end && (At(node.Value).State & NodeState.Live) != 0;

    /// <summary>Gives out a node, zeroed but for <see cref="NodeState.Live"/>.</summary>
    public NodeId Add()
    {
        int id = _free;
        if (id != 0)
        {
            ref NodeSide reused = ref At(id);
            _free = reused.FirstDir;
            reused = default;
        }
        else
        {
            id = _end;
            if (id >> ChunkBits >= _chunks.Count)
                AddChunk();
            if (id == HugeAt)
                _chunks[0].UseHugePages();
            _end++;
        }

        At(id).State = NodeState.Live;
        Count++;
        return new NodeId(id);
    }

    /// <summary>Takes a node back; it is in no list.</summary>
    public void Remove(NodeId node)
    {
        ref NodeSide side = ref this[node];
        Invariant.That(!side.Lru.IsLinked && !side.Dirty.IsLinked && side.Companion == 0 && side.Pins == 0);
        side = default;
        side.FirstDir = _free;
        _free = node.Value;
        Count--;
    }

    public void Dispose()
    {
        foreach (UnmanagedArray<NodeSide> chunk in _chunks)
            chunk.Dispose();
        _chunks.Clear();
        _pointers.Dispose();
        _end = 1;
    }

    /// <summary>Side state by number, live or not; the number was given out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref NodeSide At(int id) =>
        ref ((NodeSide*)_pointers[id >> ChunkBits])[id & (ChunkNodes - 1)];

    private static void FailDead(NodeId node) => Invariant.Fail($"{node} does not exist");

    private void AddChunk()
    {
        if (_chunks.Count == _pointers.Length)
            _pointers.Grow(_pointers.Length * 2);
        UnmanagedArray<NodeSide> chunk = new(ChunkNodes, isSparse: _chunks.Count == 0);
        _pointers[_chunks.Count] = (nint)chunk.Pointer;
        _chunks.Add(chunk);
    }
}
