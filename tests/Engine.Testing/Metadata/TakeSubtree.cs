using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Tells a rank to take over a subtree at rest that another gave up.</summary>
/// <param name="Root">Where it begins.</param>
/// <param name="From">Whose it was.</param>
public sealed record TakeSubtree(DirFrag Root, RankId From) : Message;
