namespace Engine.Metadata;

/// <summary>Why a node or a dirfrag must stay in the cache. A node has the kinds of entries and of inodes. Source: migrator
/// specification, 1.7.</summary>
public enum PinKind : byte
{
    /// <summary>Dirfrag: entries are in it. Held once, while there are any.</summary>
    Child,

    /// <summary>Inode: dirfrags of it are open. Held once.</summary>
    DirFrag,

    /// <summary>Dirfrag: frozen, as a tree or alone.</summary>
    Frozen,

    /// <summary>Dirfrag: root of a subtree.</summary>
    Subtree,

    /// <summary>Changed and not committed.</summary>
    Dirty,

    /// <summary>Auth pins are held on it. Held once.</summary>
    AuthPin,

    /// <summary>Somebody waits on it. Held once.</summary>
    Waiter,

    /// <summary>Other ranks have replicas. Held once.</summary>
    Replicated,

    /// <summary>A request uses it.</summary>
    Request,

    /// <summary>A lock is held on it or not idle.</summary>
    Lock,

    /// <summary>Clients hold capabilities or leases.</summary>
    Caps,

    /// <summary>Its scattered numbers are ahead of the authority's.</summary>
    DirtyScattered,

    /// <summary>Its stored path is out of date.</summary>
    DirtyParent,

    /// <summary>Its dirfrags stay open.</summary>
    Sticky,

    /// <summary>Part of an import that is under way.</summary>
    Importing,

    /// <summary>A bound of an import.</summary>
    ImportBound,

    /// <summary>A bound of an export.</summary>
    ExportBound,

    /// <summary>Part of an export whose outcome is open.</summary>
    TempExporting,

    /// <summary>Capabilities arrive with an import.</summary>
    ImportingCaps,

    /// <summary>Capabilities leave with an export.</summary>
    ExportingCaps,
}
