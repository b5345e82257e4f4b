namespace Engine.Metadata;

/// <summary>What <see cref="CapTable"/> asks of its rank.</summary>
public interface ICapHost
{
    /// <summary>Microseconds of the rank's clock.</summary>
    long NowMicros { get; }

    /// <summary>The session of a client.</summary>
    Session? FindSession(ClientId client);

    /// <summary>Sends to a client.</summary>
    void Send(ClientId client, Message message);

    /// <summary>Is this rank authority over the inode?</summary>
    bool IsAuthority(LockObject inode);

    /// <summary>What clients may have of the inode at most, whatever its locks allow.</summary>
    CapBits MayHave(LockObject inode) => CapBits.All;

    /// <summary>The state of one of the inode's locks.</summary>
    LockState StateOf(LockObject inode, LockKind kind);

    /// <summary>The first capability on the inode: it must stay where it is found. Must not call back.</summary>
    void CapsBegan(LockObject inode);

    /// <summary>The last capability on the inode is gone. Must not call back.</summary>
    void CapsEnded(LockObject inode);

    /// <summary>Clients gave bits back, or want others: <see cref="LockMachine.CapsReturned"/> for each of the inode's locks that
    /// clients share in. Called last; may call back.</summary>
    void CapsChanged(LockObject inode);

    /// <summary>A client that may have written is gone, or stale: the size of the file is not known.</summary>
    void NeedsRecovery(LockObject inode);
}
