namespace Engine.Metadata;

/// <summary>Place of a dirfrag in the spine of the subtree map: present on roots, and on every dirfrag between a root and the
/// root above it. Belongs to <see cref="SubtreeMap"/>.</summary>
internal sealed class SubtreeLinks
{
    /// <summary>The dirfrag that holds this one's inode; null at the top.</summary>
    public Dir? Parent;

    /// <summary>Dirfrags on the spine whose inodes lie in this one, in order of arrival.</summary>
    public Dir? FirstChild;
    public Dir? LastChild;
    public Dir? NextSibling;
    public Dir? PreviousSibling;

    /// <summary>Neighbours among all roots, in order of arrival.</summary>
    public Dir? NextRoot;
    public Dir? PreviousRoot;
}
