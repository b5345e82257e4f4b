using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Tells a rank to take over a subtree at rest that another gave up; as a step of its own.</summary>
/// <param name="Root">Where it begins.</param>
/// <param name="From">Whose it was.</param>
internal sealed record TakeSubtree(DirFrag Root, RankId From) : Message;
