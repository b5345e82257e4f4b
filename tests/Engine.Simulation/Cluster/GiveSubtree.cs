using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Tells a rank to give a subtree at rest to another; as a step of its own, not over the network.</summary>
/// <param name="Root">Where it begins.</param>
/// <param name="To">Who gets it.</param>
internal sealed record GiveSubtree(DirFrag Root, RankId To) : Message;
