namespace Engine.Migration;

/// <summary>How far an export is. Numbers are compared: what is behind in the list comes later. Source: migrator specification,
/// 2.1.</summary>
public enum ExporterState
{
    /// <summary>Over: everything is as it was.</summary>
    Cancelled = 0,

    /// <summary>Undone here; bystanders or the importer have yet to say that they know.</summary>
    Cancelling = 1,

    /// <summary>Waits for the locks on the path and on what the region is divided by.</summary>
    Locking = 2,

    /// <summary>The importer looks for the directory's inode; where nothing goes ahead, the region begins to freeze.</summary>
    Discovering = 3,

    /// <summary>Pages go ahead to the importer, while clients go on changing them. Not one of the reference's states: the numbers
    /// behind it are one more than there.</summary>
    Staging = 4,

    /// <summary>Waits until nothing in the region is auth-pinned.</summary>
    Freezing = 5,

    /// <summary>Frozen. The importer opens the root and the bounds.</summary>
    Prepping = 6,

    /// <summary>Ranks with copies are told that the authority is in doubt; clients flush.</summary>
    Warning = 7,

    /// <summary>The region is on its way, or the importer writes it down.</summary>
    Exporting = 8,

    /// <summary>The importer has it; the event that gives it away is being written. Nothing can be taken back any more.</summary>
    LoggingFinish = 9,

    /// <summary>Given away. Ranks with copies are told whose it is.</summary>
    Notifying = 10,
}
