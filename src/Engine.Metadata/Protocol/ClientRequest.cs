namespace Engine.Metadata;

/// <summary>One operation of a client. A path is UTF-8, relative to a base inode; an empty one names the base itself. Source:
/// migrator specification, appendix E.</summary>
/// <param name="Tid">Numbers the client's requests; never used twice.</param>
/// <param name="Op">What to do.</param>
public sealed record ClientRequest(ulong Tid, ClientOp Op) : Message
{
    /// <summary>On whose behalf.</summary>
    public Credential Caller { get; init; } = Credential.Root;

    /// <summary>Where <see cref="Path"/> begins. The number of anything but the root is good while this client has a capability
    /// on it, and else for as long as the rank happens to have it in memory: ESTALE says that it has not, and the path still
    /// leads there.</summary>
    public Ino Base { get; init; } = Ino.Root;

    /// <summary>The object, or the name to make or remove.</summary>
    public ReadOnlyMemory<byte> Path { get; init; }

    /// <summary>A final symbolic link of <see cref="Path"/> is followed.</summary>
    public bool Follow { get; init; }

    /// <summary>Where <see cref="Path2"/> begins.</summary>
    public Ino Base2 { get; init; } = Ino.Root;

    /// <summary>The new name of a link or rename.</summary>
    public ReadOnlyMemory<byte> Path2 { get; init; }

    /// <summary>Attributes to set, and those of what is made; an owner is given to what is made only by the superuser.</summary>
    public AttributeChanges Changes { get; init; }

    /// <summary>How to open, create or rename.</summary>
    public OpenFlags Flags { get; init; }

    /// <summary>Name of an extended attribute.</summary>
    public string XattrName { get; init; } = "";

    /// <summary>Value of an extended attribute, or target of a symbolic link.</summary>
    public ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Where a listing goes on.</summary>
    public DirectoryCursor Cursor { get; init; }

    /// <summary>Most entries of a listing.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>The lowest number of a request that the client may yet send again, since it has no safe answer to it; 0 where it
    /// never sends a request twice. Of done requests from that number on the rank remembers that they are done.</summary>
    public ulong OldestTid { get; init; }

    /// <summary>The part of a directory that is divided anew.</summary>
    public Frag Fragment { get; init; }

    /// <summary>It is split into 2 to this power; 0 merges it into one.</summary>
    public int SplitBits { get; init; }

    /// <summary>A change is answered once, when it is safe: who has many under way has no use for the earlier answer.</summary>
    public bool OnlySafe { get; init; }

    /// <summary>How often ranks have sent it on (<see cref="ClientForward"/>).</summary>
    public byte Hops { get; init; }
}
