using System.Globalization;
using Engine.Devices;

namespace Engine.Load;

/// <summary>The keys of a job: names and meanings are fio's.</summary>
public static class JobKeys
{
    private const int BlockSizeMax = 64 << 20;
    private const int DepthMax = 4096;
    private const int ThreadsMax = 256;
    private const string FlagValues = "0 or 1";

    /// <summary>All keys, in the order in which help lists them.</summary>
    public static IReadOnlyList<JobKey> All { get; } =
    [
        Text("name", "Name in the report", (job, text) => job with { Name = text }) with { Default = "job" },
        Text("filename", "The volume: a block device or file that holds one", (job, text) => job with { FileName = text }),
        new("rw", "read, write, randread, randwrite, rw or randrw", "What the job does", false, ApplyPattern)
            { Default = "randread" },
        Number("rwmixread", 0, 100, 50, "Share of reads of a mixed job, in percent",
            (job, value) => job with { ReadPercent = value }),
        new("bs", "1 to 64m bytes, for example 4k", "Bytes of each request", false,
            (job, text) => ByteSize.TryParse(text, out long bytes) && bytes is > 0 and <= BlockSizeMax
                ? job with { BlockSize = (int)bytes } : null) { Default = "4k" },
        Size("size", "Length of the range, and bytes that each thread moves (0: the whole volume)",
            (job, value) => job with { Size = value }),
        Size("offset", "Start of the range", (job, value) => job with { Offset = value }),
        new("runtime", "a time, for example 10, 10s, 500ms or 2m", "The job ends after this time (0: when its bytes are moved)",
            false, (job, text) => TryParseTime(text, out TimeSpan time) ? job with { Runtime = time } : null) { Default = "0" },
        Flag("time_based", "Start over until runtime is over", (job, value) => job with { TimeBased = value }),
        Number("iodepth", 1, DepthMax, 1, "Requests in flight of each thread", (job, value) => job with { Depth = value }),
        Number("numjobs", 1, ThreadsMax, 1, "Threads", (job, value) => job with { Threads = value }),
        Number("fsync", 0, int.MaxValue, 0, "A flush after this many writes of a thread (0: never)",
            (job, value) => job with { FlushEvery = value }),
        Flag("end_fsync", "A flush at the end", (job, value) => job with { FlushAtEnd = value }),
        Flag("direct", "Run without the volume's cache", (job, value) => job with { Direct = value }),
        new("verify", "crc32c or none", "Write a pattern and check every read", false, ApplyVerify) { Default = "none" },
        new("randseed", "a whole number", "Seed of offsets, mix and filler", false,
            (job, text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)
                ? job with { Seed = seed } : null) { Default = "1" },
        Flag("stonewall", "Wait for the jobs before this one", (job, value) => job with { Stonewall = value }),
        new("ioengine", "io_uring, libaio, sync, psync, pvsync or pvsync2", "fio's name for what --engine says", false,
            ApplyEngine),
        Flag("group_reporting", "For fio's job files: threads of a job always share one row",
            (job, value) => job with { GroupReporting = value }),
    ];

    /// <summary>The key of that name, or null.</summary>
    public static JobKey? Find(string name)
    {
        foreach (JobKey key in All)
            if (string.Equals(key.Name, name, StringComparison.Ordinal))
                return key;
        return null;
    }

    /// <summary>Applies one key; throws <see cref="JobFileException"/> with <paramref name="where"/> in front when key or value
    /// is wrong.</summary>
    public static JobDescription Apply(JobDescription job, string name, string? value, string where)
    {
        JobKey key = Find(name) ?? throw new JobFileException(
            $"{where}: key '{name}': unknown; allowed are {string.Join(", ", All.Select(known => known.Name))}");
        if (value is null && key.IsFlag)
            value = "1";
        return (value is null ? null : key.Apply(job, value))
            ?? throw new JobFileException($"{where}: key '{name}': '{value}' is not allowed; allowed: {key.Allowed}");
    }

    /// <summary>Reads a time: a number with an optional suffix ms, s, m or h; seconds without one.</summary>
    public static bool TryParseTime(string? text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        double unitMs = 1000;
        foreach ((string suffix, double ms) in new[] { ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0) })
        {
            if (!rest.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            unitMs = ms;
            rest = rest[..^suffix.Length];
            break;
        }

        if (!double.TryParse(rest, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || number * unitMs > TimeSpan.FromDays(365).TotalMilliseconds)
            return false;
        time = TimeSpan.FromMilliseconds(number * unitMs);
        return true;
    }

    private static JobDescription? ApplyPattern(JobDescription job, string text) => text switch
    {
        "read" => job with { Pattern = AccessPattern.Read },
        "write" => job with { Pattern = AccessPattern.Write },
        "randread" => job with { Pattern = AccessPattern.RandRead },
        "randwrite" => job with { Pattern = AccessPattern.RandWrite },
        "rw" or "readwrite" => job with { Pattern = AccessPattern.ReadWrite },
        "randrw" => job with { Pattern = AccessPattern.RandReadWrite },
        _ => null,
    };

    private static JobDescription? ApplyVerify(JobDescription job, string text) => text switch
    {
        "crc32c" => job with { Verify = true },
        "none" or "0" => job with { Verify = false },
        _ => null,
    };

    private static JobDescription? ApplyEngine(JobDescription job, string text) => text switch
    {
        "io_uring" => job with { Engine = DeviceEngine.IoUring },
        "libaio" => job with { Engine = DeviceEngine.Libaio },
        "sync" or "psync" or "pvsync" or "pvsync2" => job with { Engine = DeviceEngine.Sync },
        _ => null,
    };

    private static JobKey Text(string name, string help, Func<JobDescription, string, JobDescription> apply) =>
        new(name, "any text", help, false, (job, text) => text.Length == 0 ? null : apply(job, text));

    private static JobKey Number(
        string name, int min, int max, int @default, string help, Func<JobDescription, int, JobDescription> apply) =>
        new(name, max == int.MaxValue ? $"a whole number from {min}" : $"a whole number from {min} to {max}", help, false,
            (job, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
                && value >= min && value <= max ? apply(job, value) : null)
            { Default = @default.ToString(CultureInfo.InvariantCulture) };

    private static JobKey Size(string name, string help, Func<JobDescription, long, JobDescription> apply) =>
        new(name, ByteSize.Allowed, help, false,
            (job, text) => ByteSize.TryParse(text, out long value) ? apply(job, value) : null) { Default = "0" };

    private static JobKey Flag(string name, string help, Func<JobDescription, bool, JobDescription> apply) =>
        new(name, FlagValues, help, true, (job, text) => text is "0" or "1" ? apply(job, text == "1") : null);
}
