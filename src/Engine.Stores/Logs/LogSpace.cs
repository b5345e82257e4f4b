using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Where a log's bytes live: its header, and its segments by number. The one thing in which logs differ.</summary>
internal abstract class LogSpace : IDisposable
{
    /// <summary>Segments of a log that nothing else limits.</summary>
    public const long SegmentCountDefault = 64;

    /// <summary>Name of the whole in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The header, from byte 0.</summary>
    public abstract IBlockDevice Header { get; }

    /// <summary>Tells the sizes once they are known.</summary>
    public abstract void Use(LogSuperblock superblock);

    /// <summary>The segment's device and its first byte there; ENOENT when it does not exist.</summary>
    public abstract IoError Locate(long segment, out IBlockDevice? device, out long offset);

    /// <summary>From here on <see cref="Locate"/> finds segments that are too short to be used as well, for who rescues what is
    /// there of them; where nothing can be had of one that is there, its error is not ENOENT.</summary>
    public virtual void TakeShortSegments()
    {
        // Most logs have none.
    }

    /// <summary>Makes a segment exist, so that <see cref="Locate"/> finds it; may wait. It may hold old bytes.</summary>
    public abstract IoError Prepare(long segment);

    /// <summary>Everything before the segment is free.</summary>
    public abstract void Release(long segment);

    /// <summary>Makes durable what was written to the segments from <paramref name="first"/> to <paramref name="last"/>, by
    /// whomever.</summary>
    public abstract IoError Flush(long first, long last);

    /// <summary>What is wrong with the segments as a whole, or null; for example a missing one.</summary>
    public virtual string? Explain(long segment) => null;

    /// <inheritdoc/>
    public abstract void Dispose();
}
