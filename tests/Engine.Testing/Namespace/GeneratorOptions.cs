namespace Engine.Testing.Namespace;

/// <summary>What random operations keep away from.</summary>
public sealed record GeneratorOptions
{
    /// <summary>Components of the longest path that is made on purpose.</summary>
    public int DepthMax { get; init; } = 6;

    /// <summary>Names beyond which removals are drawn more often than creations.</summary>
    public int NamesMax { get; init; } = 250;

    /// <summary>Operations between two ticks of the clock, about.</summary>
    public int TickEvery { get; init; } = 250;

    /// <summary>Only root makes hard links, for a namespace without the rule of fs.protected_hardlinks.</summary>
    public bool LinksByRootOnly { get; init; }

    /// <summary>Extended attributes are used.</summary>
    public bool Attributes { get; init; } = true;
}
