namespace Engine.Metadata;

/// <summary>How a rank is set up; fixed for its life. Times are microseconds, lengths bytes. Source: migrator specification,
/// appendix F.</summary>
public sealed record RankOptions
{
    /// <summary>Its number.</summary>
    public RankId Id { get; init; } = new(0);

    /// <summary>Its life, given by the cluster map: greater than every one before.</summary>
    public required ulong Incarnation { get; init; }

    /// <summary>Most bytes of pages in memory; the least recently used clean directories go first.</summary>
    public long CacheBytesMax { get; init; } = 1L << 30;

    /// <summary>Bytes of pages whose memory is there before they are used, so that neither recovery nor changes pay for page
    /// faults, which cost most where a virtual machine's host has to find the memory.</summary>
    public long PreTouchBytes { get; init; }

    /// <summary>Events after which a segment of the journal ends.</summary>
    public int SegmentEventsMax { get; init; } = 1024;

    /// <summary>Segments kept; the oldest is written back and let go when there are more.</summary>
    public int SegmentsMax { get; init; } = 30;

    /// <summary>Bytes of the journal above which the oldest segment is written back and let go too, so that a restart reads
    /// little more than that of a log that could hold much; at most half of what the log can hold.</summary>
    public long JournalKeptBytesMax { get; init; } = long.MaxValue;

    /// <summary>Blocks of 4 KiB for events that are on their way to the journal.</summary>
    public int EventBlocks { get; init; } = 8192;

    /// <summary>Bytes of events on their way to the log's medium; changes wait while there are more. Below what the log itself
    /// lets wait.</summary>
    public long JournalPendingBytesMax { get; init; } = 16 << 20;

    /// <summary>Requests under way, waiting ones included; more are answered with EAGAIN.</summary>
    public int RequestsMax { get; init; } = 65536;

    /// <summary>Entries at which a directory fragment is split.</summary>
    public int SplitEntries { get; init; } = 10000;

    /// <summary>Entries that a directory fragment may have where it is not split: ENOSPC beyond.</summary>
    public int FragmentEntriesMax { get; init; } = 100_000;

    /// <summary>Bytes of pages at which it is split too, however few its entries are: it is written and read whole.</summary>
    public long SplitBytes { get; init; } = 64 << 20;

    /// <summary>Entries below which sibling fragments are merged.</summary>
    public int MergeEntries { get; init; } = 50;

    /// <summary>A split makes 2 to this power.</summary>
    public int SplitBits { get; init; } = 3;

    /// <summary>A split or merge that does not come to stand still for so long is given up, and tried again as much
    /// later.</summary>
    public long FragmentTimeoutMicros { get; init; } = 30_000_000;

    /// <summary>Time between two ticks.</summary>
    public long TickMicros { get; init; } = 1_000_000;

    /// <summary>A client that has not renewed for so long is stale.</summary>
    public long SessionTimeoutMicros { get; init; } = 60_000_000;

    /// <summary>A stale client's session is ended after so long.</summary>
    public long SessionAutocloseMicros { get; init; } = 300_000_000;

    /// <summary>A client that has not given back for so long what it was told to is ended.</summary>
    public long RevokeMicros { get; init; } = 60_000_000;

    /// <summary>Clients may come back for so long after a restart; 0 where none outlives the rank's process.</summary>
    public long ReconnectMicros { get; init; } = 45_000_000;

    /// <summary>The namespace is only looked at: nothing is written back, and no directory is divided. What the journal has is
    /// served from memory, where it stays, beside <see cref="CacheBytesMax"/> for all else.</summary>
    public bool IsView { get; init; }

    /// <summary>Most bytes of pages that the journal may take when it is read, beside <see cref="CacheBytesMax"/>: it may tell of
    /// more than the cache ever held at once. A rank gives them back as it writes back, a view keeps them.</summary>
    public long JournalBytesMax { get; init; } = 1L << 30;

    /// <summary>Waiters let go in one step.</summary>
    public int ThawBatch { get; init; } = 256;

    /// <summary>Checks after each step: 0 none, 1 cheap ones, 3 all.</summary>
    public int CheckLevel { get; init; }
}
