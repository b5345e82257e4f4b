namespace Engine.Metadata;

/// <summary>What became of a migration with an event. Numbers are the format's. Source: migrator specification, 4.1.</summary>
internal enum MigrationStage : ushort
{
    /// <summary>Import: the pages of the region came with the events before; whose it is is not decided.</summary>
    Start = 1,

    /// <summary>Import, in a segment's head: still not decided.</summary>
    Undecided = 2,

    /// <summary>Import: it is this rank's.</summary>
    Taken = 3,

    /// <summary>Import: it came to nothing.</summary>
    Failed = 4,

    /// <summary>Export: it is the other rank's. In a segment's head: that one may not know it yet.</summary>
    Given = 5,
}
