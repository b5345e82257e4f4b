using Engine.Metadata;

namespace Engine.Migration;

/// <summary>After a crash, from every rank to those that recover: what I own, and what I do not know whether I own. Source:
/// migrator specification, 4.3.</summary>
/// <param name="Epoch">Of the cluster map that asks for it.</param>
/// <param name="Claims">Subtrees of the sender.</param>
/// <param name="Ambiguous">Imports that its journal leaves undecided.</param>
public sealed record Resolve(
    ulong Epoch, IReadOnlyList<SubtreeClaim> Claims, IReadOnlyList<AmbiguousImport> Ambiguous) : Message;
