namespace Engine.Metadata;

/// <summary>Which message it is. Values are sent and never used again; those from <see cref="ModuleFirst"/> on are for modules of
/// a rank.</summary>
public enum MessageKind : ushort
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary><see cref="Metadata.SessionOpen"/>.</summary>
    SessionOpen = 1,

    /// <summary><see cref="Metadata.SessionOpened"/>.</summary>
    SessionOpened = 2,

    /// <summary><see cref="Metadata.SessionClose"/>.</summary>
    SessionClose = 3,

    /// <summary><see cref="Metadata.SessionClosed"/>.</summary>
    SessionClosed = 4,

    /// <summary><see cref="Metadata.SessionRenew"/>.</summary>
    SessionRenew = 5,

    /// <summary><see cref="Metadata.SessionRenewed"/>.</summary>
    SessionRenewed = 6,

    /// <summary><see cref="Metadata.SessionStale"/>.</summary>
    SessionStale = 7,

    /// <summary><see cref="Metadata.SessionFlush"/>.</summary>
    SessionFlush = 8,

    /// <summary><see cref="Metadata.SessionFlushAck"/>.</summary>
    SessionFlushAck = 9,

    /// <summary><see cref="Metadata.SessionReadOnly"/>.</summary>
    SessionReadOnly = 10,

    /// <summary><see cref="Metadata.Reconnect"/>.</summary>
    Reconnect = 11,

    /// <summary><see cref="Metadata.ClientRequest"/>.</summary>
    ClientRequest = 16,

    /// <summary><see cref="Metadata.ClientReply"/>.</summary>
    ClientReply = 17,

    /// <summary><see cref="Metadata.ClientForward"/>.</summary>
    ClientForward = 18,

    /// <summary><see cref="Metadata.CapGrant"/>.</summary>
    CapGrant = 32,

    /// <summary><see cref="Metadata.CapUpdate"/>.</summary>
    CapUpdate = 33,

    /// <summary><see cref="Metadata.CapFlushAck"/>.</summary>
    CapFlushAck = 34,

    /// <summary><see cref="Metadata.CapRelease"/>.</summary>
    CapRelease = 35,

    /// <summary><see cref="Metadata.CapExport"/>.</summary>
    CapExport = 36,

    /// <summary><see cref="Metadata.CapImport"/>.</summary>
    CapImport = 37,

    /// <summary><see cref="Metadata.CapClaim"/>.</summary>
    CapClaim = 38,

    /// <summary><see cref="Metadata.Discover"/>.</summary>
    Discover = 48,

    /// <summary><see cref="Metadata.DiscoverReply"/>.</summary>
    DiscoverReply = 49,

    /// <summary><see cref="Metadata.CacheExpire"/>.</summary>
    CacheExpire = 50,

    /// <summary><see cref="Metadata.LockMessage"/>.</summary>
    LockMessage = 51,

    /// <summary><see cref="Metadata.ReplicaRecall"/>.</summary>
    ReplicaRecall = 52,

    /// <summary><see cref="Metadata.RecallRefused"/>.</summary>
    RecallRefused = 53,

    /// <summary><see cref="Metadata.NameClaim"/>.</summary>
    NameClaim = 54,

    /// <summary><see cref="Metadata.NameOffered"/>.</summary>
    NameOffered = 55,

    /// <summary><see cref="Metadata.NameDecision"/>.</summary>
    NameDecision = 56,

    /// <summary><see cref="Metadata.NameGone"/>.</summary>
    NameGone = 57,

    /// <summary><see cref="Metadata.LinkClaim"/>.</summary>
    LinkClaim = 58,

    /// <summary><see cref="Metadata.ClusterMap"/>.</summary>
    ClusterMap = 64,

    /// <summary>The first number that a module may give to a message of its own.</summary>
    ModuleFirst = 0x100,
}
