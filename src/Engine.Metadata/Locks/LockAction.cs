namespace Engine.Metadata;

/// <summary>What a message between ranks about a lock says. Values are sent. Source: migrator specification, 1.9 and
/// appendix C.</summary>
public enum LockAction : byte
{
    /// <summary>To a replica: stop reading, or writing, and answer.</summary>
    Lock,

    /// <summary>To a replica: read again; or, in MIX, stop writing and answer.</summary>
    Sync,

    /// <summary>To a replica: write your share; or, in SYNC, stop reading and answer.</summary>
    Mix,

    /// <summary>To a replica: your share is counted and durable.</summary>
    LockFlushed,

    /// <summary>Answer to <see cref="Lock"/>, with the replica's share.</summary>
    LockAck,

    /// <summary>Answer to <see cref="Sync"/>, with the replica's share.</summary>
    SyncAck,

    /// <summary>Answer to <see cref="Mix"/>.</summary>
    MixAck,

    /// <summary>A replica asks for MIX, to write its share.</summary>
    ReqScatter,

    /// <summary>A replica asks that MIX ends.</summary>
    ReqUnscatter,

    /// <summary>A replica asks for SYNC, to read.</summary>
    ReqRdlock,

    /// <summary>A replica has written and asks that its share be gathered some time.</summary>
    Nudge,
}
