namespace Engine.Metadata;

/// <summary>The inode of a link or an unlink, where it is another rank's: by its number, or by a name of that rank's.</summary>
/// <param name="Inode">Its number; none where the name tells.</param>
/// <param name="Directory">The directory of the name; none where the number tells.</param>
/// <param name="Name">The name; empty where the number tells.</param>
internal readonly record struct LinkSource(Ino Inode, NodeId Directory, byte[] Name)
{
    /// <summary>It is another rank's.</summary>
    public bool IsAway => Inode != default || Name is not null;
}
