using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Pages of one message that came ahead, until they are durable. Until then nothing else may come of their dirfrags:
/// what is not written down yet refers to the pages.</summary>
/// <param name="number">The message's.</param>
/// <param name="left">What is to be written down; taken off as it is.</param>
internal sealed class StagedNews(uint number, List<ArrivingDir> left)
{
    private readonly HashSet<DirFrag> _dirs = [.. left.Select(static dir => dir.Of)];

    /// <summary>The message's.</summary>
    public uint Number => number;

    /// <summary>What is to be written down.</summary>
    public List<ArrivingDir> Left => left;

    /// <summary>Is all of it in the journal?</summary>
    public bool IsWritten { get; set; }

    /// <summary>The event that was waited for last.</summary>
    public long Waited { get; set; } = -1;

    /// <summary>Is something of a dirfrag among it?</summary>
    public bool Has(DirFrag dir) => _dirs.Contains(dir);
}
