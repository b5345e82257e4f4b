using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A region that goes in parts: those that are on their way, or wait to be.</summary>
/// <param name="name">The root of all of it.</param>
/// <param name="to">Whereto.</param>
internal sealed class SplitExport(DirFrag name, RankId to)
{
    /// <summary>The root of all of it.</summary>
    public DirFrag Base => name;

    /// <summary>Whereto.</summary>
    public RankId To => to;

    /// <summary>Roots of parts of which the end is not known.</summary>
    public HashSet<DirFrag> Left { get; } = [];

    /// <summary>Its dirfrag is to be divided in so many bits first; 0 where it is not.</summary>
    public int SplitBits { get; set; }

    /// <summary>Roots of parts for which there was no room in the queue.</summary>
    public Queue<DirFrag> Later { get; } = new();

    /// <summary>Has one of them gone?</summary>
    public bool HasGone { get; set; }

    /// <summary>Why the last one did not that has not.</summary>
    public MigrationRefusal Refusal { get; set; }
}
