using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Capabilities on an inode that are to go to its authority.</summary>
internal sealed class CapsExportRecord
{
    /// <summary>How far that is.</summary>
    public CapsExportState State { get; set; }

    /// <summary>Number of the question; 0 before the first.</summary>
    public ulong Tid { get; set; }

    /// <summary>Whom it was put to.</summary>
    public RankId To { get; set; } = RankId.None;

    /// <summary>When.</summary>
    public long AskedAt { get; set; }

    /// <summary>Capabilities that it named.</summary>
    public int Count { get; set; }
}
