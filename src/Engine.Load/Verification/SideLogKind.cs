namespace Engine.Load;

/// <summary>What a record of a <see cref="SideLog"/> says.</summary>
internal enum SideLogKind : byte
{
    /// <summary>No record: the log ends here.</summary>
    End = 0,

    /// <summary>A write of the sectors is about to be handed to the volume.</summary>
    Submitted = 1,

    /// <summary>State of the sectors before this log began: submitted and flushed generation. Not touched by later
    /// flushes.</summary>
    Snapshot = 2,

    /// <summary>A generation that was in flight when the flush of the following <see cref="Flushed"/> record began.</summary>
    InFlight = 3,

    /// <summary>All writes up to the generation are flushed, except those in the <c>Count</c> records before this one.</summary>
    Flushed = 4,

    /// <summary>The write of the generation failed: no flush covers it, the sectors may hold it or not.</summary>
    Failed = 5,

    /// <summary>The sectors were discarded or zeroed: their content is not known until the next write.</summary>
    Forgotten = 6,
}
