namespace Engine.Migration;

/// <summary>How far an import is. Source: migrator specification, 2.1.</summary>
public enum ImporterState
{
    /// <summary>Looks for the inode of the directory.</summary>
    Discovering = 1,

    /// <summary>Has it, pinned.</summary>
    Discovered = 2,

    /// <summary>Opens the root and the bounds.</summary>
    Prepping = 3,

    /// <summary>Ready to receive: frozen, with the exporter as the authority.</summary>
    Prepped = 4,

    /// <summary>Has received; the event is being written.</summary>
    LoggingStart = 5,

    /// <summary>The event is durable and acknowledged: only the exporter, or its silence after a crash, decides now.</summary>
    Acking = 6,

    /// <summary>The exporter has given the region away; ranks with copies are being told.</summary>
    Finishing = 7,

    /// <summary>Undone; ranks with copies, or the journal, have yet to say that they know.</summary>
    Aborting = 8,
}
