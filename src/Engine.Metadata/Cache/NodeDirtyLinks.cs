using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Finds the links of a dirfrag's list of dirty nodes in the side arrays.</summary>
internal readonly struct NodeDirtyLinks(NodeTable nodes) : ILinkStorage
{
    public ref LinkNode Link(int index) => ref nodes.At(index).Dirty;
}
