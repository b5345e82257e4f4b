using System.Diagnostics.Metrics;
using Engine.Buffers;
using Engine.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>What is measured of migrations.</summary>
public sealed class MigrationMeterTests : IDisposable
{
    /// <summary>The specification's list (7.5), in its order; the last line is what it names without names.</summary>
    private static readonly string[] s_names =
    [
        "mig_exports_total", "mig_imports_total", "mig_inodes_out_total", "mig_inodes_in_total", "mig_bytes_out_total",
        "mig_bytes_in_total", "mig_live", "mig_queue_len", "mig_phase_seconds", "mig_frozen_seconds", "mig_waiters_at_thaw",
        "mig_client_op_delay_seconds", "mig_encode_ns_per_inode", "mig_decode_ns_per_inode", "mig_precopy_rounds",
        "mig_precopy_dirty_ratio", "mig_stale_freeze_cancels_total", "mig_deadline_cancels_total",
        "mig_dropped_messages_total", "mig_resends_total", "mig_ambiguous_imports", "mig_resolve_gate_blocked_seconds",
        "mig_delayed_expires", "mig_caps_exported_total", "mig_caps_imported_total", "mig_caps_refused_total",
        "journal_flushes_total", "journal_flush_seconds_total", "journal_bytes", "cache_inodes", "subtrees", "sessions",
        "checker_violations",
    ];

    private readonly MigrationHarness _world = new(2);
    private readonly MigrationMeter[] _meters = new MigrationMeter[2];
    private readonly MeterListener _listener = new();
    private readonly HashSet<string> _published = [];
    private readonly Dictionary<(int Rank, string Name), List<(double Value, string Tags)>> _measured = [];

    public MigrationMeterTests()
    {
        for (int rank = 0; rank < _meters.Length; rank++)
            _meters[rank] = _world[rank].Measure(TimeProvider.System);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            int rank = Array.FindIndex(_meters, each => each.Meter == instrument.Meter);
            if (rank == 0)
                _published.Add(instrument.Name);
            if (rank >= 0)
                listener.EnableMeasurementEvents(instrument, rank);
        };
        _listener.SetMeasurementEventCallback<long>((which, value, tags, rank) => Take((int)rank!, which, value, tags));
        _listener.SetMeasurementEventCallback<double>((which, value, tags, rank) => Take((int)rank!, which, value, tags));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (MigrationMeter meter in _meters)
            meter.Dispose();
        _world.Dispose();
    }

    [Fact]
    public void EveryMetricOfTheSpecificationIsThere_AndNoOther() => Assert.Equal(s_names.Order(), _published.Order());

    [Fact]
    public void AMigrationIsMeasuredAtBothEnds()
    {
        DirFrag root = _world.Make("/a", 3);
        MigrationClient client = new(_world.Cluster, 77, 0, 1);
        _world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        _world.Move(0, 1, root);
        ulong tid = client.Begin(0, new ClientRequest(0, ClientOp.Create) { Path = "/a/x"u8.ToArray() });
        client.Run();
        Assert.Equal([(1.0, "side=Export,state=Prepping")], Look(0, "mig_live"));
        _world.Cluster.Advance(1_500_000);
        _world.Cluster.Holds = null;
        client.Run();
        Assert.NotNull(client.AnswerTo(tid));

        Assert.Equal([(1.0, "result=done,reason=")], Of(0, "mig_exports_total"));
        Assert.Equal([(1.0, "result=done,reason=")], Of(1, "mig_imports_total"));
        Assert.Equal([(3.0, "")], Of(0, "mig_inodes_out_total"));
        Assert.Equal([(3.0, "")], Of(1, "mig_inodes_in_total"));
        Assert.Equal(Of(0, "mig_bytes_out_total"), Of(1, "mig_bytes_in_total"));
        Assert.InRange(Assert.Single(Of(0, "mig_frozen_seconds")).Value, 1.5, 2);
        Assert.InRange(Assert.Single(Of(1, "mig_frozen_seconds")).Value, 1.5, 2);
        Assert.Equal([(1.0, "")], Of(0, "mig_waiters_at_thaw"));
        Assert.InRange(Assert.Single(Of(0, "mig_client_op_delay_seconds")).Value, 1.5, 2);
        Assert.True(Assert.Single(Of(0, "mig_encode_ns_per_inode")).Value > 0);
        Assert.True(Assert.Single(Of(1, "mig_decode_ns_per_inode")).Value > 0);
        string[] phases = [.. Of(0, "mig_phase_seconds").Concat(Of(1, "mig_phase_seconds")).Select(static each => each.Tags)];
        string[] named =
        [
            "locking", "discovering", "freezing", "prepping", "warning", "go-sync", "transfer", "import-journal",
            "export-journal", "notifying",
        ];
        Assert.Empty(named.Select(static each => "phase=" + each).Except(phases));
        Assert.Equal([(0.0, "")], Look(0, "checker_violations"));
        Assert.True(Assert.Single(Look(0, "journal_flushes_total")).Value > 0);
        Assert.True(Assert.Single(Look(0, "journal_bytes")).Value > 0);
        // The world's own client, and this one.
        Assert.Contains((2.0, "state=Open"), Look(0, "sessions"));
    }

    [Fact]
    public void ADeadlineAndALateAnswerAreMeasured()
    {
        DirFrag root = _world.Make("/a", 3);
        _world.Cluster.Holds = static (_, _, message) => message is ExportPrepAck;
        _world.Move(0, 1, root);
        _world.Cluster.Advance(12_000_000);
        _world.Cluster.Holds = null;
        _world.Cluster.Run();
        Assert.Equal([(1.0, "result=failed,reason=Deadline")], Of(0, "mig_exports_total"));
        Assert.Equal([(1.0, "phase=prepping")], Of(0, "mig_deadline_cancels_total"));
        Assert.Single(Of(0, "mig_dropped_messages_total"), static each => each == (1.0, "kind=ExportPrepAck,why=late"));
        Assert.Empty(Of(0, "mig_inodes_out_total"));
        Assert.Empty(Look(0, "mig_live"));
    }

    private List<(double Value, string Tags)> Of(int rank, string name) =>
        _measured.TryGetValue((rank, name), out List<(double, string)>? found) ? found : [];

    /// <summary>How it is now.</summary>
    private List<(double Value, string Tags)> Look(int rank, string name)
    {
        _measured.Remove((rank, name));
        _listener.RecordObservableInstruments();
        return Of(rank, name);
    }

    private void Take(int rank, Instrument which, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> labels = [];
        foreach (KeyValuePair<string, object?> tag in tags)
            labels.Add($"{tag.Key}={tag.Value}");
        if (!_measured.TryGetValue((rank, which.Name), out List<(double, string)>? values))
            _measured[(rank, which.Name)] = values = [];
        values.Add((value, string.Join(',', labels)));
    }
}
