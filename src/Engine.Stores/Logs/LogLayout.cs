namespace Engine.Stores;

/// <summary>
/// Where the parts of a log's header lie: in a device's first bytes, with the segments behind it, or in a directory's head file.
/// The copies lie apart, so that what spoils a device's start leaves the second ones.
/// </summary>
internal static class LogLayout
{
    public const int BlockBytes = 4096;
    public const int HeaderBytes = 64 << 10;
    public const long FirstSuperblock = 0;
    public const long FirstState = BlockBytes;
    public const long SecondState = HeaderBytes - (2 * BlockBytes);
    public const long SecondSuperblock = HeaderBytes - BlockBytes;

    /// <summary>How far behind the last record an incarnation goes on that took over from one that may still be alive, in
    /// segments: what that one has in flight, and what it may have made ready, ends before it.</summary>
    public const int JumpSegments = 4;
}
