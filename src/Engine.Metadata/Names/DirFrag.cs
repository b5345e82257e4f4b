namespace Engine.Metadata;

/// <summary>Names one fragment of one directory. Ordered by inode, then by frag. Source: migrator specification, 1.1.</summary>
/// <param name="Ino">The directory.</param>
/// <param name="Frag">The part of it.</param>
public readonly record struct DirFrag(Ino Ino, Frag Frag) : IComparable<DirFrag>
{
    /// <inheritdoc/>
    public int CompareTo(DirFrag other)
    {
        int byIno = Ino.CompareTo(other.Ino);
        return byIno != 0 ? byIno : Frag.CompareTo(other.Frag);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Ino}.{Frag}";
}
