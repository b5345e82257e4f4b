using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>States of an inode's nine locks: auth, link, dft, file, xattr, snap, nest, flock, policy.</summary>
[InlineArray(Count)]
public struct LockStates
{
    /// <summary>Number of locks.</summary>
    public const int Count = 9;

    private byte _first;
}
