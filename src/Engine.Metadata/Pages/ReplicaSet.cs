using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>The ranks that hold replicas. While there are at most <see cref="InlineMax"/>, the nonces lie here in the order of
/// the ranks; else in an ext item, as 32-bit numbers in the same order.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
public struct ReplicaSet
{
    /// <summary>Most nonces kept here.</summary>
    public const int InlineMax = 4;

    /// <summary>Bit r stands for rank r.</summary>
    [FieldOffset(0)] public ulong Ranks;

    /// <summary>Nonces; zero where unused, or when there are more than fit.</summary>
    [FieldOffset(8)] public NonceArray Nonces;

    /// <summary>Ranks in the set.</summary>
    public readonly int Count => BitOperations.PopCount(Ranks);

    /// <summary>Do the nonces lie in an ext item?</summary>
    public readonly bool IsSpilled => Count > InlineMax;

    /// <summary>The inline nonces.</summary>
    [InlineArray(InlineMax)]
    public struct NonceArray
    {
        private uint _first;
    }
}
