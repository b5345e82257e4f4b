using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Tells a rank to give a subtree at rest to another.</summary>
/// <param name="Root">Where it begins.</param>
/// <param name="To">Who gets it.</param>
public sealed record GiveSubtree(DirFrag Root, RankId To) : Message;
