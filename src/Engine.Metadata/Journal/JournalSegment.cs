namespace Engine.Metadata;

/// <summary>A stretch of the journal that is let go as a whole, once all that it changed is in the store.</summary>
internal sealed class JournalSegment(int id, long firstSeq)
{
    /// <summary>What dirty dirfrags hang on in the cache.</summary>
    public int Id { get; } = id;

    /// <summary>Number of its first event, the subtree map.</summary>
    public long FirstSeq { get; } = firstSeq;

    /// <summary>The last segment that goes together with it: what is told there begins here.</summary>
    public int Through { get; set; } = id;

    /// <summary>Position of its first event; -1 until that was appended.</summary>
    public long Position { get; set; } = -1;

    /// <summary>Changes in it, its first event among them; of replayed ones, events.</summary>
    public int Changes { get; set; }

    /// <summary>Of those, how many only tell of what is open: the next segment tells it again.</summary>
    public int Notes { get; set; }

    /// <summary>Bytes of those.</summary>
    public long NotesBytes { get; set; }

    /// <summary>Is there anything in it that another segment would not begin with?</summary>
    public bool HasChanges => Changes - Notes > 1;

    /// <summary>Inodes that it tells are open.</summary>
    public List<Ino> Opened { get; } = [];

    /// <summary>The last event that told elsewhere of what it tells is open; it may go when that is durable.</summary>
    public long ToldAt { get; set; }

    /// <summary>Bytes that they take in the log, about; of this life.</summary>
    public long Bytes { get; set; }

    /// <summary>Objects of dirfrags that were removed in it: they go when it goes.</summary>
    public List<DirFrag> Removals { get; } = [];

    /// <summary>Commits and removals under way for its sake.</summary>
    public int Writes { get; set; }

    /// <summary>What hangs on it cannot be written, now or later in this life: it stays, and so do all behind it.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Directories being divided anew whose first event is in it, and regions that arrive: it stays until the last is
    /// durable. And promises to other ranks that no later head tells.</summary>
    public int Pins { get; set; }
}
