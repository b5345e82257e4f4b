namespace Engine.Metadata;

/// <summary>What an event of the journal is. Source: migrator specification, 1.14. Numbers are the format's.</summary>
internal enum EventKind : byte
{
    /// <summary>First event of a segment: every subtree that the rank owns.</summary>
    SubtreeMap = 1,

    /// <summary>Changed and removed entries.</summary>
    Update = 2,

    /// <summary>Changes of the session table alone.</summary>
    Sessions = 3,

    /// <summary>A directory fragment is split or merged.</summary>
    Fragment = 4,

    /// <summary>Nothing: makes a position that can be waited for.</summary>
    NoOp = 5,

    /// <summary>What a client has open, unchanged: replay has it in memory.</summary>
    Open = 6,

    /// <summary>Pages of a region that another rank gives; of no effect without <see cref="ImportStart"/>.</summary>
    ImportPages = 7,

    /// <summary>A region was received; whose it is is not decided.</summary>
    ImportStart = 8,

    /// <summary>It is decided whose the region is.</summary>
    ImportFinish = 9,

    /// <summary>A region was given to another rank.</summary>
    Export = 10,
}
