namespace Engine.Metadata;

/// <summary>How far a change of two ranks is at one of them. Source: migrator specification, 4.5. Numbers are the format's.
/// </summary>
internal enum UpdateStage : ushort
{
    /// <summary>The participant has promised a name.</summary>
    Promised = 1,

    /// <summary>The participant has given it.</summary>
    Given = 2,

    /// <summary>The participant keeps it.</summary>
    Kept = 3,

    /// <summary>The coordinator has decided: the event makes its part of the change.</summary>
    Decided = 4,

    /// <summary>The participant's journal has its part too: nobody asks the coordinator any more.</summary>
    Finished = 5,
}
