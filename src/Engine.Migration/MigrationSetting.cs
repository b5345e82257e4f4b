namespace Engine.Migration;

/// <summary>A limit or deadline of <see cref="MigrationOptions"/> that an operator may change while the rank runs, by its name;
/// what is changed holds for phases that begin after that. Source: migrator specification, 7.6 and appendix F.</summary>
public sealed class MigrationSetting
{
    private const long HourMs = 3_600_000;
    private const long MicrosPerMs = 1_000;

    private readonly Func<MigrationOptions, long> _get;
    private readonly Func<MigrationOptions, long, MigrationOptions> _set;

    private MigrationSetting(
        string name, string unit, long least, long most, string meaning, Func<MigrationOptions, long> get,
        Func<MigrationOptions, long, MigrationOptions> set) =>
        (Name, Unit, Least, Most, Meaning, _get, _set) = (name, unit, least, most, meaning, get, set);

    /// <summary>All that can be changed, by name.</summary>
    public static IReadOnlyList<MigrationSetting> All { get; } = [.. Limits().Concat(Times()).OrderBy(
        static each => each.Name, StringComparer.Ordinal)];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What its value counts.</summary>
    public string Unit { get; }

    /// <summary>The least value that it may have.</summary>
    public long Least { get; }

    /// <summary>The greatest.</summary>
    public long Most { get; }

    /// <summary>What it says, in a few words.</summary>
    public string Meaning { get; }

    /// <summary>The value where nobody has changed it.</summary>
    public long Usual => _get(new MigrationOptions());

    /// <summary>The setting of that name; null where there is none.</summary>
    public static MigrationSetting? Find(string name) => All.FirstOrDefault(each => each.Name == name);

    /// <summary>Its value.</summary>
    public long Of(MigrationOptions options) => _get(options);

    /// <summary>The options with another value; false where it is not within the bounds, and they stay as they are.</summary>
    public bool TrySet(ref MigrationOptions options, long value)
    {
        bool isAllowed = value >= Least && value <= Most;
        if (isAllowed)
            options = _set(options, value);
        return isAllowed;
    }

    private static IEnumerable<MigrationSetting> Limits() =>
    [
        new("mig.max_concurrent", "exports", 1, 64, "exports at once", static old => old.ConcurrentMax,
            static (old, value) => old with { ConcurrentMax = (int)value }),
        new("mig.max_inflight_bytes", "bytes", 64 << 10, 1L << 40, "of all exports at once; a larger one goes alone",
            static old => old.InflightBytesMax, static (old, value) => old with { InflightBytesMax = value }),
        new("mig.max_inflight_to_rank", "bytes", 64 << 10, 1L << 40, "the same of exports to one rank",
            static old => old.InflightToRankBytesMax, static (old, value) => old with { InflightToRankBytesMax = value }),
        new("mig.max_queued", "exports", 1, 65_536, "exports that may wait", static old => old.QueueMax,
            static (old, value) => old with { QueueMax = (int)value }),
        new("mig.max_export_bytes", "bytes", 64 << 10, 1L << 40, "what is larger goes in parts to a rank that takes less ahead",
            static old => old.ExportBytesMax, static (old, value) => old with { ExportBytesMax = value }),
        new("mig.split", "", 0, 1, "does what is larger than what goes at once go in parts (1), or is it refused (0)",
            static old => old.Splits ? 1 : 0, static (old, value) => old with { Splits = value != 0 }),
        new("mig.precopy_rounds", "rounds", 0, 16, "how often pages go ahead before the freeze; 0: nothing does",
            static old => old.StagingRoundsMax, static (old, value) => old with { StagingRoundsMax = (int)value }),
        new("mig.precopy_stop_bytes", "bytes", 0, 1L << 30, "a round that sent no more is the last",
            static old => old.StagingStopBytes, static (old, value) => old with { StagingStopBytes = value }),
        new("mig.staging_bytes", "bytes", 0, 1L << 40, "what this rank takes ahead", static old => old.StagingBytesMax,
            static (old, value) => old with { StagingBytesMax = value }),
        new("mig.min_bandwidth", "bytes/s", 64 << 10, 1L << 40, "what a transfer is at least expected to make",
            static old => old.BytesPerSecondMin, static (old, value) => old with { BytesPerSecondMin = value }),
        new("mig.retries", "times", 0, 1_000, "how often an export is begun again by itself", static old => old.RetriesMax,
            static (old, value) => old with { RetriesMax = (int)value }),
        new("mig.thrash_exports", "exports a tick", 0, 100, "exports of anything to anybody, for tests",
            static old => old.ThrashExports, static (old, value) => old with { ThrashExports = (int)value }),
    ];

    private static IEnumerable<MigrationSetting> Times() =>
    [
        Time("mig.deadline.locking", 10, "for the locks of the path", static old => old.LockingMicros,
            static (old, micros) => old with { LockingMicros = micros }),
        Time("mig.deadline.discover", 10, "for the importer to find the directory", static old => old.DiscoverMicros,
            static (old, micros) => old with { DiscoverMicros = micros }),
        Time("mig.deadline.staging", 10, "for what goes ahead, beside that for its bytes", static old => old.StagingMicros,
            static (old, micros) => old with { StagingMicros = micros }),
        Time("mig.deadline.freeze", 10, "for the region to come to rest", static old => old.FreezeMicros,
            static (old, micros) => old with { FreezeMicros = micros }),
        Time("mig.deadline.prep", 10, "for the importer to open the bounds", static old => old.PrepMicros,
            static (old, micros) => old with { PrepMicros = micros }),
        Time("mig.deadline.warning", 10, "for clients to flush, and ranks with copies to answer",
            static old => old.WarningMicros, static (old, micros) => old with { WarningMicros = micros }),
        Time("mig.deadline.export", 10, "for the importer to have it durably, beside that for its bytes",
            static old => old.ExportingMicros, static (old, micros) => old with { ExportingMicros = micros }),
        Time("mig.freeze_timeout", 10, "a freeze that others wait for and in which nothing changes is given up",
            static old => old.FreezeStaleMicros, static (old, micros) => old with { FreezeStaleMicros = micros }),
        Time("mig.resend_interval", 10, "what is not answered is sent again", static old => old.ResendMicros,
            static (old, micros) => old with { ResendMicros = micros }),
        Time("mig.min_residency", 0, "a subtree that has been empty for so long goes back to who has what is around it",
            static old => old.MinResidencyMicros, static (old, micros) => old with { MinResidencyMicros = micros }),
        Time("mig.back_off", 0, "before an export that came to nothing is begun again by itself; 0: it is not",
            static old => old.BackOffMicros, static (old, micros) => old with { BackOffMicros = micros }),
        Time("mig.back_off_max", 0, "most of that", static old => old.BackOffMaxMicros,
            static (old, micros) => old with { BackOffMaxMicros = micros }),
        new("mig.target_decay", "ms", 10, HourMs, "the wish to give to a rank is half forgotten",
            static old => (long)Math.Round(old.TargetDecaySeconds * 1_000),
            static (old, value) => old with { TargetDecaySeconds = value / 1_000.0 }),
    ];

    private static MigrationSetting Time(
        string name, long leastMs, string meaning, Func<MigrationOptions, long> get,
        Func<MigrationOptions, long, MigrationOptions> set) =>
        new(name, "ms", leastMs, HourMs, meaning, old => get(old) / MicrosPerMs, (old, ms) => set(old, ms * MicrosPerMs));
}
