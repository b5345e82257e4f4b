namespace Engine.Metadata;

/// <summary>Tells an <see cref="InoIndex"/> the inode number of a node.</summary>
internal interface IInoSource
{
    ulong InoOf(int node);
}
