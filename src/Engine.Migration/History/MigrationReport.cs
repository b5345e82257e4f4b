using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What became of a migration, as one of its two ranks saw it. Times in microseconds of that rank's clock.</summary>
/// <param name="Id">Which.</param>
/// <param name="Side">Which end this rank was.</param>
/// <param name="Base">The root of what moved.</param>
/// <param name="Path">Where that lay.</param>
/// <param name="Peer">The other end.</param>
/// <param name="Refusal">Why it came to nothing; none when it did not.</param>
/// <param name="Phases">The states it went through, and when it came into each.</param>
/// <param name="FrozenMicros">How long the region stood still here.</param>
/// <param name="Inodes">Inodes in it.</param>
/// <param name="Bytes">Bytes of its pages.</param>
/// <param name="FrozenBytes">Of those, what went or came while the region stood still.</param>
/// <param name="EndedAtMicros">When it was over.</param>
public sealed record MigrationReport(
    MigrationId Id, MigrationSide Side, DirFrag Base, string Path, RankId Peer, MigrationRefusal Refusal,
    IReadOnlyList<MigrationPhase> Phases, long FrozenMicros, long Inodes, long Bytes, long FrozenBytes, long EndedAtMicros);
