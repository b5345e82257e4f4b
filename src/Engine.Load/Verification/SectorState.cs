namespace Engine.Load;

/// <summary>What a 512-byte sector's content turned out to be.</summary>
public enum SectorState
{
    /// <summary>A generation that is allowed, or a sector of which nothing is known.</summary>
    Good,

    /// <summary>What was there before the first write, which no flush covered, or nothing any more after a discard: allowed, but
    /// nothing was verified.</summary>
    Absent,

    /// <summary>A generation older than the last flushed one, or what was there before the first: a flushed write is
    /// gone.</summary>
    Lost,

    /// <summary>The content of another sector of the same volume.</summary>
    Misplaced,

    /// <summary>Anything else: torn, foreign, or never written.</summary>
    Damaged,
}
