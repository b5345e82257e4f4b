using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// Who is authority over a dirfrag: a pair, so that a dirfrag whose authority is moving names both ranks. The default value is
/// <see cref="Default"/>. Source: migrator specification, 1.4.
/// </summary>
public readonly record struct Authority
{
    /// <summary>The same as the directory's inode.</summary>
    public const int Parent = -1;

    /// <summary>None.</summary>
    public const int Unknown = -2;

    // Shifted so that the default value of the struct means Default.
    private readonly int _first;
    private readonly int _second;

    private Authority(int first, int second)
    {
        _first = first - Parent;
        _second = second - Unknown;
    }

    /// <summary>Not the root of a subtree: authority is that of the directory's inode.</summary>
    public static Authority Default => default;

    /// <summary>Recovery: nobody has claimed it yet.</summary>
    public static Authority Undefined => new(Unknown, Unknown);

    /// <summary>The rank that is authoritative in fact, <see cref="Parent"/> or <see cref="Unknown"/>.</summary>
    public int First => _first + Parent;

    /// <summary>The rank that may become, or has just been, authority; else <see cref="Unknown"/>.</summary>
    public int Second => _second + Unknown;

    /// <summary>Does a subtree begin here?</summary>
    public bool IsSubtreeRoot => this != Default;

    /// <summary>Are two named, be they the same? A migration is going on.</summary>
    public bool IsAmbiguous => Second != Unknown;

    /// <summary>One rank, no doubt.</summary>
    public static Authority Of(RankId rank)
    {
        Invariant.That(!rank.IsNone);
        return new Authority(rank.Value, Unknown);
    }

    /// <summary>Two ranks, the first authoritative in fact. Twice the same: frozen for a migration.</summary>
    public static Authority Of(RankId first, RankId second)
    {
        Invariant.That(!first.IsNone && !second.IsNone);
        return new Authority(first.Value, second.Value);
    }

    /// <summary>Reads a stored pair; false when it is none of the five forms.</summary>
    public static bool TryFrom(int first, int second, out Authority authority)
    {
        authority = new Authority(first, second);
        return first >= 0
            ? first < RankId.CountMax && (second == Unknown || second is >= 0 and < RankId.CountMax)
            : second == Unknown && first is Parent or Unknown;
    }

    /// <summary>Is the rank one of the two?</summary>
    public bool Names(RankId rank) => !rank.IsNone && (First == rank.Value || Second == rank.Value);

    /// <inheritdoc/>
    public override string ToString() => $"({Text(First)},{Text(Second)})";

    private static string Text(int rank) => rank switch
    {
        Parent => "parent",
        Unknown => "?",
        _ => rank.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
