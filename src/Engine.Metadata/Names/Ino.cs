namespace Engine.Metadata;

/// <summary>Number of an inode; never used again. 1 is the root; <c>0x100 + r</c> rank r's private directory;
/// <c>0x600 + 10 r + k</c>, k from 0 to 9, its stray directories. Source: migrator specification, 1.1.</summary>
/// <param name="Value">The number; 0 names no inode.</param>
public readonly record struct Ino(ulong Value) : IComparable<Ino>
{
    private const ulong PrivateFirst = 0x100;
    private const ulong StrayFirst = 0x600;
    private const ulong StraysPerRank = 10;
    private const ulong UserFirst = 0x1000;
    private const int RankShift = 48;

    /// <summary>Stray directories of each rank.</summary>
    public const int StrayCount = (int)StraysPerRank;

    /// <summary>The root directory.</summary>
    public static Ino Root => new(1);

    /// <summary>True for the number that names no inode.</summary>
    public bool IsNone => Value == 0;

    /// <summary>Root, private and stray directories: what exists without an operation that made it.</summary>
    public bool IsSystem => Value < UserFirst;

    /// <summary>Has no parent: the root and the private directories.</summary>
    public bool IsBase => Value is 1 or (>= PrivateFirst and < StrayFirst);

    /// <summary>Is it one of the stray directories of any rank?</summary>
    public bool IsStray => Value is >= StrayFirst and < UserFirst;

    /// <summary>Is it a base inode of that rank? The root is rank 0's.</summary>
    public bool IsOwnBaseOf(RankId rank) => this == PrivateOf(rank) || (this == Root && rank.Value == 0);

    /// <summary>The rank that made the inode, or whose own it is; none where that is no rank.</summary>
    public RankId Maker
    {
        get
        {
            ulong rank = Value >= UserFirst ? Value >> RankShift
                : Value >= StrayFirst ? (Value - StrayFirst) / StraysPerRank
                : Value >= PrivateFirst ? Value - PrivateFirst : 0;
            return rank < RankId.CountMax ? new RankId((int)rank) : RankId.None;
        }
    }

    /// <summary>The private directory of a rank.</summary>
    public static Ino PrivateOf(RankId rank) => new(PrivateFirst + (ulong)rank.Value);

    /// <summary>Stray directory <paramref name="index"/>, 0 to 9, of a rank.</summary>
    public static Ino StrayOf(RankId rank, int index) => new(StrayFirst + (StraysPerRank * (ulong)rank.Value) + (ulong)index);

    /// <summary>The first number that rank <paramref name="rank"/> gives to a user's inode: ranks share the numbers without
    /// asking one another.</summary>
    public static Ino FirstOf(RankId rank) => new(((ulong)rank.Value << RankShift) + UserFirst);

    /// <inheritdoc/>
    public int CompareTo(Ino other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => $"0x{Value:x}";
}
