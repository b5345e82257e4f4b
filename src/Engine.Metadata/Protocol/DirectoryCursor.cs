namespace Engine.Metadata;

/// <summary>A place in a directory that stays valid while entries come and go and fragments split and merge: behind the entry
/// with this hash and name, in the order of (hash, name); without a name, in front of everything with that hash.</summary>
/// <param name="Hash">24-bit hash of the last name seen, or the hash to go on with.</param>
/// <param name="Name">The last name seen; empty between two hashes.</param>
public readonly record struct DirectoryCursor(uint Hash, ReadOnlyMemory<byte> Name)
{
    /// <summary>In front of the first entry.</summary>
    public bool IsStart => Hash == 0 && Name.IsEmpty;

    /// <summary>In front of the first entry with a greater hash.</summary>
    public static DirectoryCursor Behind(uint hash) => new(hash + 1, default);
}
