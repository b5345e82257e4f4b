namespace Engine.Simulation;

/// <summary>Limits of a namespace; those of ext4 unless said otherwise.</summary>
public sealed record NamespaceLimits
{
    /// <summary>Most bytes of a name.</summary>
    public int NameBytesMax { get; init; } = 255;

    /// <summary>Most bytes of a link's target.</summary>
    public int TargetBytesMax { get; init; } = 4095;

    /// <summary>Most bytes of a path.</summary>
    public int PathBytesMax { get; init; } = 4095;

    /// <summary>Most links followed in one path.</summary>
    public int FollowsMax { get; init; } = 40;

    /// <summary>Most names of a file.</summary>
    public uint LinksMax { get; init; } = 65_000;

    /// <summary>As Linux with fs.protected_hardlinks: who does not own a file may only link what is a plain file that it can read
    /// and write, else EPERM.</summary>
    public bool ProtectsLinks { get; init; }

    /// <summary>Most bytes of a file.</summary>
    public long SizeMax { get; init; } = (1L << 44) - 4096;

    /// <summary>Most bytes of an extended attribute's name.</summary>
    public int XattrNameBytesMax { get; init; } = 255;

    /// <summary>Most bytes of an extended attribute's value.</summary>
    public int XattrBytesMax { get; init; } = 65_536;
}
