using Engine.Metadata;

namespace Engine.Migration;

/// <summary>When the channel between two ranks begins anew, and after a migration in which one failed: what I own, and which of
/// your exports I do not know the end of. Source: migrator specification, 4.3.</summary>
/// <param name="Epoch">Of the sender's cluster map.</param>
/// <param name="Claims">Subtrees of the sender: all, or what is news.</param>
/// <param name="Ambiguous">Imports from the receiver that are undecided: it answers each with <see cref="ExportFinish"/>
/// where its journal says that it gave the region away, and else with <see cref="ExportCancel"/>; not while it is under
/// way.</param>
/// <param name="IsBeginning">The first word since the sender heard of the channel's end: it knows of no copies that it gave the
/// receiver before that.</param>
public sealed record Resolve(
    ulong Epoch, IReadOnlyList<SubtreeClaim> Claims, IReadOnlyList<AmbiguousImport> Ambiguous, bool IsBeginning) : Message;
