using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A subtree that a rank owns.</summary>
/// <param name="Base">Its root.</param>
/// <param name="Bounds">Where it ends.</param>
public sealed record SubtreeClaim(DirFrag Base, IReadOnlyList<DirFrag> Bounds);
