namespace Engine.Metadata;

/// <summary>What a part of an event is. Numbers are the format's.</summary>
internal enum EventTag : ushort
{
    /// <summary>A directory fragment and its changed record, packed; entries that follow belong to it.</summary>
    Dir = 1,

    /// <summary>An entry as it is now: the record, packed, and its name.</summary>
    Entry = 2,

    /// <summary>An item that belongs to the entry before it.</summary>
    Ext = 3,

    /// <summary>A name that is gone.</summary>
    Removed = 4,

    /// <summary>A directory fragment whose object is no longer needed.</summary>
    DirRemoved = 5,

    /// <summary>The next inode number to give out.</summary>
    NextIno = 6,

    /// <summary>A client's request that is done.</summary>
    Completed = 7,

    /// <summary>A change of the session table; with flags 1, the whole table.</summary>
    Sessions = 8,

    /// <summary>A dirfrag at which a subtree of the rank begins; in a segment's head one that was one before.</summary>
    Subtree = 9,

    /// <summary>How a fragment is split or merged.</summary>
    Fragment = 10,

    /// <summary>A base inode as it is now: the record, packed.</summary>
    Base = 11,

    /// <summary>A client's flush that is done.</summary>
    Flushed = 12,

    /// <summary>An inode that a client has open; the event has its entry.</summary>
    Opened = 13,

    /// <summary>A dirfrag at which another rank's subtree begins, within one of this rank.</summary>
    Bound = 14,

    /// <summary>The directory of the entry before it is new, and so is its dirfrag, which is empty.</summary>
    NewDir = 15,

    /// <summary>A migration, and what became of it.</summary>
    Migration = 16,

    /// <summary>A page of a dirfrag that another rank gives, as it was received, behind those before it. Written no more.
    /// </summary>
    Page = 17,

    /// <summary>Two entries that take each other's name; what they are then follows.</summary>
    Exchange = 18,

    /// <summary>A page of a dirfrag that another rank gives, as it was received, under that rank's number.</summary>
    StagedPage = 19,

    /// <summary>The numbers of a dirfrag's pages, in their order, in place of what was said of it before; none where it is not
    /// of the region any more.</summary>
    StagedDir = 20,

    /// <summary>A change of two ranks, and how far it is here.</summary>
    RankUpdate = 21,

    /// <summary>A directory that goes to a place of another rank's: its dirfrags are whose they were.</summary>
    Moved = 22,
}
