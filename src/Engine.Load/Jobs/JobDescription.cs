using Engine.Devices;

namespace Engine.Load;

/// <summary>One job of a load: fio's keys as a value. Sizes and offsets in bytes.</summary>
public sealed record JobDescription
{
    /// <summary>Name in reports.</summary>
    public string Name { get; init; } = "job";

    /// <summary>The volume; null when it is given elsewhere.</summary>
    public string? FileName { get; init; }

    /// <summary>What the job does.</summary>
    public AccessPattern Pattern { get; init; } = AccessPattern.RandRead;

    /// <summary>Share of reads of a mixed job, in percent.</summary>
    public int ReadPercent { get; init; } = 50;

    /// <summary>Bytes of each request.</summary>
    public int BlockSize { get; init; } = 4096;

    /// <summary>Length of the range that the job touches, and the bytes that each of its threads moves unless it is time based;
    /// 0 = to the end of the volume.</summary>
    public long Size { get; init; }

    /// <summary>Start of the range that the job touches.</summary>
    public long Offset { get; init; }

    /// <summary>The job ends after this time; zero = when its bytes are moved.</summary>
    public TimeSpan Runtime { get; init; }

    /// <summary>Starts over when the bytes are moved, until <see cref="Runtime"/> is over.</summary>
    public bool TimeBased { get; init; }

    /// <summary>Requests in flight of each thread.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>A flush after this many writes of a thread; 0 = never.</summary>
    public int FlushEvery { get; init; }

    /// <summary>A flush when a thread is done.</summary>
    public bool FlushAtEnd { get; init; }

    /// <summary>Runs on the volume without its cache.</summary>
    public bool Direct { get; init; }

    /// <summary>Writes carry a pattern and every read is checked against what was written.</summary>
    public bool Verify { get; init; }

    /// <summary>Seed of offsets, mix and filler.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Waits for the jobs before it; otherwise it runs together with them.</summary>
    public bool Stonewall { get; init; }

    /// <summary>Who carries the volume's requests; null when that is said elsewhere.</summary>
    public DeviceEngine? Engine { get; init; }

    /// <summary>Asks for one row for all jobs that run together; only one job may.</summary>
    public bool GroupReporting { get; init; }

    /// <summary>Where the job is described, for example <c>jobs.fio:3</c>; null when no file does.</summary>
    public string? Where { get; init; }

    /// <summary>The job in messages.</summary>
    public string Label => Where is null ? $"job '{Name}'" : $"{Where}: job '{Name}'";

    /// <summary>True when some of its requests are writes.</summary>
    public bool Writes => Pattern is not (AccessPattern.Read or AccessPattern.RandRead);

    /// <summary>True when offsets are drawn at random.</summary>
    public bool IsRandom => Pattern is AccessPattern.RandRead or AccessPattern.RandWrite or AccessPattern.RandReadWrite;

    /// <summary>Share of reads in percent, whatever the pattern.</summary>
    public int EffectiveReadPercent => Pattern switch
    {
        AccessPattern.Read or AccessPattern.RandRead => 100,
        AccessPattern.Write or AccessPattern.RandWrite => 0,
        _ => ReadPercent,
    };

    /// <summary>Checks what no single key can: null when the job can run, else <c>key 'x': what is allowed</c>.</summary>
    public string? Problem()
    {
        if (TimeBased && Runtime == TimeSpan.Zero)
            return "key 'time_based': needs runtime";
        if (Verify && BlockSize % SectorPattern.SectorSize != 0)
            return "key 'bs': a multiple of 512 when verify is crc32c";
        if (Verify && Offset % SectorPattern.SectorSize != 0)
            return "key 'offset': a multiple of 512 when verify is crc32c";
        if (Size != 0 && Size < BlockSize)
            return "key 'size': at least bs";
        return null;
    }

    /// <summary>Checks the job against the volume it is to run on: null when it fits.</summary>
    public string? ProblemOn(long volumeBytes)
    {
        long length = Size != 0 ? Size : volumeBytes - Offset;
        if (Offset > volumeBytes - BlockSize)
            return $"key 'offset': offset and bs must lie within the volume's {ByteSize.Format(volumeBytes)}";
        if (length > volumeBytes - Offset)
            return $"key 'size': offset and size must lie within the volume's {ByteSize.Format(volumeBytes)}";
        return null;
    }
}
