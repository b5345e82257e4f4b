namespace Engine.Load;

/// <summary>What a 512-byte sector's content turned out to be.</summary>
public enum SectorState
{
    /// <summary>A generation that is allowed, or a sector of which nothing is known.</summary>
    Good,

    /// <summary>A generation older than the last flushed one: a flushed write is gone.</summary>
    Lost,

    /// <summary>The content of another sector of the same volume.</summary>
    Misplaced,

    /// <summary>Anything else: torn, foreign, blank, or never written.</summary>
    Damaged,
}
