// What is measured of a rank's migrations, as instruments of a System.Diagnostics.Metrics meter of its own.
//
//   MigrationMeter        what is counted as it happens: migrations that end, messages that are dropped, waits
//   MigrationMeter.State  how things are when somebody looks: live records, queues, sessions, the journal
// Ownership: a process makes one for its rank (Migrator.Measure) and ends it; simulations make none, and pay nothing.
// Threads: all of it on the rank's thread, between its steps or in them; who reads the instruments that tell how things are
// (MeterListener.RecordObservableInstruments) does so there too.

using System.Diagnostics.Metrics;
using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Measures a rank's migrations. Source: migrator specification, 7.5, by whose names the instruments go.</summary>
public sealed partial class MigrationMeter : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Engine.Migration";

    private readonly Meter _meter = new(MeterName);
    private readonly Migrator _migrator;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _exports;
    private readonly Counter<long> _imports;
    private readonly Counter<long> _inodesOut;
    private readonly Counter<long> _inodesIn;
    private readonly Counter<long> _bytesOut;
    private readonly Counter<long> _bytesIn;
    private readonly Counter<long> _staleFreezes;
    private readonly Counter<long> _deadlines;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _phases;
    private readonly Histogram<double> _frozen;
    private readonly Histogram<double> _dirtyRatio;
    private readonly Histogram<double> _encode;
    private readonly Histogram<double> _decode;
    private readonly Histogram<double> _delays;
    private readonly Histogram<long> _waiters;

    internal MigrationMeter(Migrator migrator, TimeProvider clock)
    {
        (_migrator, _clock) = (migrator, clock);
        _exports = _meter.CreateCounter<long>("mig_exports_total");
        _imports = _meter.CreateCounter<long>("mig_imports_total");
        _inodesOut = _meter.CreateCounter<long>("mig_inodes_out_total");
        _inodesIn = _meter.CreateCounter<long>("mig_inodes_in_total");
        _bytesOut = _meter.CreateCounter<long>("mig_bytes_out_total", "By");
        _bytesIn = _meter.CreateCounter<long>("mig_bytes_in_total", "By");
        _staleFreezes = _meter.CreateCounter<long>("mig_stale_freeze_cancels_total");
        _deadlines = _meter.CreateCounter<long>("mig_deadline_cancels_total");
        _dropped = _meter.CreateCounter<long>("mig_dropped_messages_total");
        _phases = _meter.CreateHistogram<double>("mig_phase_seconds", "s");
        _frozen = _meter.CreateHistogram<double>("mig_frozen_seconds", "s");
        _dirtyRatio = _meter.CreateHistogram<double>("mig_precopy_dirty_ratio");
        _encode = _meter.CreateHistogram<double>("mig_encode_ns_per_inode", "ns");
        _decode = _meter.CreateHistogram<double>("mig_decode_ns_per_inode", "ns");
        _delays = _meter.CreateHistogram<double>("mig_client_op_delay_seconds", "s");
        _waiters = _meter.CreateHistogram<long>("mig_waiters_at_thaw");
        AddState();
        migrator.History.Added += Ended;
        migrator.Rank.RequestHeldUp = micros => _delays.Record(micros / 1e6);
    }

    /// <summary>Which meter it is, to listen to no other of the same name.</summary>
    public Meter Meter => _meter;

    /// <summary>Measures nothing more.</summary>
    public void Dispose()
    {
        _migrator.History.Added -= Ended;
        _migrator.Rank.RequestHeldUp = null;
        _meter.Dispose();
    }

    /// <summary>A message came that was not taken.</summary>
    internal void Dropped(Message message, string why) => _dropped.Add(1, Tag("kind", message.GetType().Name), Tag("why", why));

    /// <summary>The journal had all that a region relies on, so long after the warning.</summary>
    internal void Synced(long micros) => _phases.Record(micros / 1e6, Tag("phase", "go-sync"));

    /// <summary>A region goes on, and with it those who waited.</summary>
    internal void Thawed(int waiters) => _waiters.Record(waiters);

    /// <summary>A moment, for <see cref="Encoded"/> and <see cref="Decoded"/>.</summary>
    internal long Moment() => _clock.GetTimestamp();

    /// <summary>A region was made ready to be sent.</summary>
    internal void Encoded(long since, long inodes) => Record(_encode, since, inodes);

    /// <summary>A region that came was checked and installed.</summary>
    internal void Decoded(long since, long inodes) => Record(_decode, since, inodes);

    private void Record(Histogram<double> each, long since, long inodes) =>
        each.Record(_clock.GetElapsedTime(since).TotalNanoseconds / Math.Max(1, inodes));

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private void Ended(MigrationReport report)
    {
        bool isExport = report.Side == MigrationSide.Export;
        bool isDone = report.Refusal == MigrationRefusal.None;
        (isExport ? _exports : _imports).Add(
            1, Tag("result", isDone ? "done" : "failed"), Tag("reason", isDone ? "" : report.Refusal.ToString()));
        if (isDone)
        {
            (isExport ? _inodesOut : _inodesIn).Add(report.Inodes);
            (isExport ? _bytesOut : _bytesIn).Add(report.Bytes);
        }

        if (report.FrozenMicros > 0)
            _frozen.Record(report.FrozenMicros / 1e6, Tag("side", report.Side.ToString()));
        if (isDone && isExport && report.Bytes > 0)
            _dirtyRatio.Record((double)report.FrozenBytes / report.Bytes);
        if (report.Refusal == MigrationRefusal.StaleFreeze)
            _staleFreezes.Add(1);
        RecordPhases(report);
    }

    private void RecordPhases(MigrationReport report)
    {
        for (int i = 0; i < report.Phases.Count; i++)
        {
            MigrationPhase phase = report.Phases[i];
            long end = i + 1 < report.Phases.Count ? report.Phases[i + 1].AtMicros : report.EndedAtMicros;
            string name = NameOf(phase.Name, report.Side);
            _phases.Record((end - phase.AtMicros) / 1e6, Tag("phase", name));
            bool isLast = i + 1 < report.Phases.Count && report.Phases[i + 1].Name == nameof(ExporterState.Cancelling);
            if (isLast && report is { Side: MigrationSide.Export, Refusal: MigrationRefusal.Deadline })
                _deadlines.Add(1, Tag("phase", name));
        }
    }

    /// <summary>Phases by the specification's names; those that it does not name, by the state's.</summary>
    private static string NameOf(string state, MigrationSide side) => (side, state) switch
    {
        (MigrationSide.Export, nameof(ExporterState.Exporting)) => "transfer",
        (MigrationSide.Export, nameof(ExporterState.LoggingFinish)) => "export-journal",
        (MigrationSide.Import, nameof(ImporterState.LoggingStart)) => "import-journal",
        (MigrationSide.Import, _) => "import-" + state.ToLowerInvariant(),
        _ => state.ToLowerInvariant(),
    };
}
