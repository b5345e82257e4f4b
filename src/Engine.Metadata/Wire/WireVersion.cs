namespace Engine.Metadata;

/// <summary>Version of a record's format. Whoever knows the major number understands the fields up to the minor one that it
/// knows, and passes over the bytes behind them.</summary>
/// <param name="Major">Another one is another format.</param>
/// <param name="Minor">Grows as fields are added at the end.</param>
public readonly record struct WireVersion(byte Major, byte Minor)
{
    /// <summary>What every record begins with.</summary>
    public static WireVersion First => new(1, 0);

    /// <summary>What tells of directories that go from one rank to another.</summary>
    public static WireVersion WithMoves => new(1, 1);
}
