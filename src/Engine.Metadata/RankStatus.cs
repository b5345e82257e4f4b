using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>How a rank is, for those who run it.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Problem">Why it failed; null while it did not.</param>
/// <param name="StoreError">Why its directories cannot be written at present.</param>
/// <param name="JournalError">Why nothing can be changed until there is room from outside.</param>
/// <param name="Refusal">What changes are refused with at present for want of room in the journal; none while they are
/// not.</param>
/// <param name="Damages">Directories found damaged so far.</param>
/// <param name="IsLeaving">Does it give away what it owns, to end then?</param>
/// <param name="Targets">Ranks that it has subtrees for, bit r for rank r: the map's authority is asked to allow them.</param>
public readonly record struct RankStatus(
    RankState State, string? Problem, IoError StoreError, IoError JournalError, IoError Refusal, int Damages,
    bool IsLeaving = false, ulong Targets = 0);
