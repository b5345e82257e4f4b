using System.Diagnostics.Metrics;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>How things are when somebody looks. Source: migrator specification, 7.5.</content>
public sealed partial class MigrationMeter
{
    private RankServices Rank => _migrator.Rank;

    private void AddState()
    {
        _meter.CreateObservableGauge("mig_live", Live);
        Gauge("mig_queue_len", () => _migrator.Waiting.Count());
        Gauge("mig_ambiguous_imports", () => _migrator.Undecided().Count());
        Gauge("mig_resolve_gate_blocked_seconds", () => _migrator.Undecided().DefaultIfEmpty().Max() / 1e6);
        Gauge("mig_delayed_expires", () => Rank.Expires.DelayedCount);
        Count("mig_precopy_rounds", () => _migrator.Counters.StagingRounds);
        Count("mig_resends_total", () => _migrator.Counters.Resent);
        Count("mig_caps_exported_total", () => _migrator.Counters.CapsExported);
        Count("mig_caps_imported_total", () => _migrator.Counters.CapsImported);
        Count("mig_caps_refused_total", () => _migrator.Counters.CapsRefused);
        Count("journal_flushes_total", () => Rank.JournalFlushes.Count);
        _meter.CreateObservableCounter("journal_flush_seconds_total", () => Rank.JournalFlushes.Micros / 1e6, "s");
        Gauge("journal_bytes", () => Rank.JournalBytes);
        Gauge("cache_inodes", () => Rank.Cache.InodeCount);
        Gauge("subtrees", () => Rank.Cache.Subtrees.Count);
        _meter.CreateObservableGauge("sessions", Sessions);
        Gauge("checker_violations", () => Rank.Cache.Audit(level: 1).Count);
    }

    private void Gauge(string name, Func<double> value) => _meter.CreateObservableGauge(name, value);

    private void Count(string name, Func<long> value) => _meter.CreateObservableCounter(name, value);

    private IEnumerable<Measurement<long>> Live() =>
        _migrator.Live().GroupBy(static each => (each.Side, each.State)).Select(static same => new Measurement<long>(
            same.Count(), Tag("side", same.Key.Side.ToString()), Tag("state", same.Key.State)));

    private IEnumerable<Measurement<long>> Sessions() =>
        Rank.Sessions.Sessions.GroupBy(static each => each.State).Select(static same => new Measurement<long>(
            same.Count(), Tag("state", same.Key.ToString())));
}
