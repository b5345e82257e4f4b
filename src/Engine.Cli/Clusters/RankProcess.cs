using System.Globalization;
using System.Net;
using Engine.Cli.Sessions;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>A process that is a rank or stands by to become one, with a socket for its operators.</summary>
/// <param name="console">Told how it goes.</param>
/// <param name="directory">What the cluster's processes share.</param>
/// <param name="socket">The socket's path; null for one in that directory.</param>
/// <param name="preTouchBytes">Memory for pages that is there before it is used.</param>
internal sealed class RankProcess(CliConsole console, string directory, string? socket, long preTouchBytes) : IDisposable
{
    /// <summary>A region that arrives is written down in one step: 128 MiB, of blocks of 4 KiB.</summary>
    private const int EventBlocks = 32768;

    /// <summary>Of a journal that could take a large region a standby reads little more than this, and what cannot go yet.
    /// </summary>
    private const long JournalKeptBytes = 256 << 20;

    private readonly Migrator _migrator = new();
    private readonly ManualResetEventSlim _isRank = new();
    private readonly ManualResetEventSlim _isOver = new();
    private RankMetrics? _metrics;
    private string? _problem;
    private RankState _shown = RankState.Created;

    /// <summary>Stands by, serves, and returns when it is told to end, or when the rank's life is over.</summary>
    public ExitCode Run(IPEndPoint map, IPEndPoint listen, RankId wants, CancellationToken cancellation)
    {
        ClusterDirectory cluster = ClusterDirectory.Open(directory, console.Note);
        using CancellationTokenRegistration wake = cancellation.Register(End);
        var options = new RankHostOptions
        {
            Process = ClusterOptions.NewProcess(), Cluster = cluster.Id, Map = map, Listen = listen,
            Formats = ClusterOptions.Formats, Wants = wants, Changed = Show, Prepare = Prepare,
            Rank = new RankOptions
            {
                Incarnation = 1, CacheBytesMax = FsSession.CacheBytes, JournalBytesMax = FsSession.WholeBytes,
                PreTouchBytes = preTouchBytes, EventBlocks = EventBlocks, JournalKeptBytesMax = JournalKeptBytes,
            },
        };
        Say($"cluster {cluster.Id}: stands by at {listen}, map at {map}");
        using var host = new RankHost(options, cluster);
        _isRank.Wait(CancellationToken.None);
        if (!_isOver.IsSet)
            Answer(host, map);
        return _problem is null ? ExitCode.Ok : throw new CliException(ExitCode.Failure, _problem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics?.Dispose();
        _migrator.Meter?.Dispose();
        _isRank.Dispose();
        _isOver.Dispose();
    }

    private void Answer(RankHost host, IPEndPoint map)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"rank-{host.Rank.Value}.control");
        string path = socket ?? Path.Combine(directory, name);
        var answers = new RankAnswers(_migrator, _metrics!, map);
        host.TryAsk(_ => _migrator.History.Added += _ => answers.NoteEnd());
        using var control = new RankControl(path, host, answers);
        Say($"{host.Rank}: engine mig status {path}");
        _isOver.Wait(CancellationToken.None);
    }

    private void Prepare(Rank rank)
    {
        rank.Add(_migrator);
        _metrics = new RankMetrics(_migrator.Measure(TimeProvider.System).Meter);
    }

    private void Show(RankHost host)
    {
        _problem = host.Problem ?? (host.Status.State == RankState.Failed ? host.Status.Problem : null);
        if (host.Status.State != _shown)
        {
            _shown = host.Status.State;
            Say($"{host.Rank}: {_shown}");
        }

        if (_problem is not null || _shown == RankState.Stopped)
            End();
        else if (!host.Rank.IsNone)
            _isRank.Set();
    }

    private void End()
    {
        _isOver.Set();
        _isRank.Set();
    }

    private void Say(string line)
    {
        console.Out.WriteLine(line);
        console.Out.Flush();
    }
}
