namespace Engine.Metadata;

/// <summary>Why an auth pin is not possible.</summary>
public enum AuthPinRefusal
{
    /// <summary>It is possible.</summary>
    None,

    /// <summary>This rank is not authority: forward.</summary>
    NotAuth,

    /// <summary>The subtree is being frozen or is frozen, to be exported: wait for the end of it.</summary>
    SubtreeFreezing,

    /// <summary>The dirfrag is being frozen or is frozen, to be split or merged: wait for the end of it.</summary>
    DirFreezing,

    /// <summary>The inode is being frozen or is frozen, in a rename over several ranks: wait for the end of it.</summary>
    InodeFreezing,
}
