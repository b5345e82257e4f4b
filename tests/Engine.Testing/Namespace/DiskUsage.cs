namespace Engine.Testing.Namespace;

/// <summary>Totals of a tree.</summary>
public sealed record DiskUsage
{
    /// <summary>Apparent size of everything but directories; a file with several names once.</summary>
    public long Bytes { get; set; }

    public long Directories { get; set; }

    /// <summary>Files of every other type.</summary>
    public long Files { get; set; }

    /// <summary>Names of such files.</summary>
    public long Names { get; set; }
}
