namespace Engine.Migration;

/// <summary>Places at which a rank can be told to die, to see that nothing is lost: a sentence each says what has happened by
/// then. The names and numbers are the reference's. Source: migrator specification, 3.5.</summary>
public enum KillPoint
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>Locks are held, nothing was sent.</summary>
    Export1 = 1,

    /// <summary>The importer was asked whether it knows the directory; freezing has not begun.</summary>
    Export2 = 2,

    /// <summary>Freezing; the locks and the export's own auth pin were just given back.</summary>
    Export3 = 3,

    /// <summary>Frozen, the importer was told the limits; clients were not asked to flush.</summary>
    Export4 = 4,

    /// <summary>The importer is ready; nobody was warned.</summary>
    Export5 = 5,

    /// <summary>Ranks with copies were warned.</summary>
    Export6 = 6,

    /// <summary>All is durable that the region relies on; nothing was sent of it.</summary>
    Export7 = 7,

    /// <summary>The region was handed to the transport.</summary>
    Export8 = 8,

    /// <summary>The importer has it durably; the event that gives it away does not exist.</summary>
    Export9 = 9,

    /// <summary>That event was submitted.</summary>
    Export10 = 10,

    /// <summary>It is durable, and ranks with copies were told; not so the importer.</summary>
    Export11 = 11,

    /// <summary>They all know; the importer may not serve yet.</summary>
    Export12 = 12,

    /// <summary>The importer was told to serve; the exporter has not cleaned up.</summary>
    Export13 = 13,

    /// <summary>Pages were sent ahead. Not one of the reference's points.</summary>
    Export14 = 14,

    /// <summary>A record exists, the directory was not looked for.</summary>
    Import1 = 101,

    /// <summary>The directory is known, and the exporter was told.</summary>
    Import2 = 102,

    /// <summary>The root's copy and the bounds were noted, nothing else was opened.</summary>
    Import3 = 103,

    /// <summary>The exporter was told whether this rank is ready.</summary>
    Import4 = 104,

    /// <summary>The region has arrived and was not looked at.</summary>
    Import5 = 105,

    /// <summary>It is in the cache; its event exists and was not submitted.</summary>
    Import6 = 106,

    /// <summary>The event is durable; nobody was told.</summary>
    Import7 = 107,

    /// <summary>The exporter was told.</summary>
    Import8 = 108,

    /// <summary>The exporter said that the region is this rank's; clients were not told.</summary>
    Import9 = 109,

    /// <summary>The import is being undone, and ranks with copies were told.</summary>
    Import10 = 110,

    /// <summary>Pages that went ahead are kept, durably; the exporter was not told. Not one of the reference's points.</summary>
    Import11 = 111,

    /// <summary>The event with pages that went ahead was submitted. Not one of the reference's points.</summary>
    Import12 = 112,
}
