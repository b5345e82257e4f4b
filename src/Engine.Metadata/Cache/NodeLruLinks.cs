using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Finds the links of the LRU list in the side arrays.</summary>
internal readonly struct NodeLruLinks(NodeTable nodes) : ILinkStorage
{
    public ref LinkNode Link(int index) => ref nodes.At(index).Lru;
}
