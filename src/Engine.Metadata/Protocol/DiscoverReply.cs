namespace Engine.Metadata;

/// <summary>Answers <see cref="Discover"/> with copies, as far as they could be given.</summary>
/// <param name="Tid">Number of the question.</param>
/// <param name="Base">Where the path began.</param>
/// <param name="Outcome">How far the answer goes.</param>
/// <param name="ErrorName">The name at which it ends, where that is not the end of the path.</param>
/// <param name="Hint">Who may know more; none when the answer is the authority's own.</param>
/// <param name="Trace">Copies, each of something inside what the one before it is of.</param>
public sealed record DiscoverReply(
    ulong Tid, Ino Base, DiscoverOutcome Outcome, byte[]? ErrorName, RankId Hint, IReadOnlyList<ReplicaStep> Trace) : Message;
