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

    /// <summary>A map that is there has answered by then.</summary>
    private static readonly TimeSpan s_mapPatience = TimeSpan.FromSeconds(5);

    private readonly Migrator _migrator = new();
    private readonly MapTimes _times = new();
    private readonly ManualResetEventSlim _isHeard = new();
    private readonly ManualResetEventSlim _isRank = new();
    private readonly ManualResetEventSlim _isOver = new();
    private RankMetrics? _metrics;
    private string? _problem;
    private Action? _ended;
    private RankState _shown = RankState.Created;

    /// <summary>Stands by, serves, and returns when it is told to end, or when the rank's life is over.</summary>
    public ExitCode Run(IPEndPoint at, IPEndPoint listen, RankId wants, CancellationToken cancellation)
    {
        ClusterDirectory cluster = ClusterDirectory.Open(directory, console.Note);
        if (socket is not null)
            RankControl.Check(socket);
        using CancellationTokenRegistration wake = cancellation.Register(End);
        var options = new RankHostOptions
        {
            Process = ClusterOptions.NewProcess(), Cluster = cluster.Id, Map = at, Listen = listen,
            Formats = ClusterOptions.Formats, Wants = wants, Changed = Show, Prepare = Prepare,
            Heard = map => Hear(map, $"cluster {cluster.Id}: stands by at {listen}, map at {at}", wants),
            Rank = new RankOptions
            {
                Incarnation = 1, CacheBytesMax = FsSession.CacheBytes, JournalBytesMax = FsSession.WholeBytes,
                PreTouchBytes = preTouchBytes, EventBlocks = EventBlocks, JournalKeptBytesMax = JournalKeptBytes,
            },
        };
        var answers = new RankAnswers(_migrator, () => _metrics!, _times, at);
        _ended = answers.NoteEnd;
        using var host = new RankHost(options, cluster);
        using RankControl? early = socket is null ? null : new RankControl(socket, host, answers);
        if (!_isHeard.Wait(s_mapPatience, CancellationToken.None))
            console.Note($"engine: no map answers at {at} yet, which is called on and on: is engine map serve running there?");
        _isRank.Wait(CancellationToken.None);
        if (!_isOver.IsSet)
            Answer(host, early, answers);
        return host.Mismatch switch
        {
            RankMismatch.Map => throw new CliException(
                ExitCode.Environment, $"--map {at}: that map refuses this process ({host.Problem}); --store {directory} is of "
                    + $"cluster {cluster.Id}: name the map that serves this store"),
            RankMismatch.Rank => throw new CliException(ExitCode.Usage, $"--rank {wants.Value}: {host.Problem}"),
            _ => _problem is null ? ExitCode.Ok : throw new CliException(ExitCode.Failure, _problem),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics?.Dispose();
        _migrator.Meter?.Dispose();
        _isHeard.Dispose();
        _isRank.Dispose();
        _isOver.Dispose();
    }

    private void Answer(RankHost host, RankControl? early, RankAnswers answers)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"rank-{host.Rank.Value}.control");
        using RankControl? control = early is null ? new RankControl(Path.Combine(directory, name), host, answers) : null;
        Say($"{host.Rank}: engine mig status {(early ?? control)!.Path}");
        _isOver.Wait(CancellationToken.None);
    }

    /// <summary>The first map that comes says that this process is one that can be a rank.</summary>
    private void Hear(ClusterMap map, string line, RankId wants)
    {
        _times.Note(map);
        if (_isHeard.IsSet)
            return;
        bool isServed = map[wants].IsUp;
        Say(line + (wants.IsNone ? string.Empty : $", for {wants} alone")
            + (isServed ? $", which is {map[wants].State} at {map[wants].Address}" : string.Empty));
        _isHeard.Set();
    }

    private void Prepare(Rank rank)
    {
        rank.Add(_migrator);
        _migrator.History.Added += _ => _ended!();
        _metrics = new RankMetrics(_migrator.Measure(TimeProvider.System).Meter);
    }

    private void Show(RankHost host)
    {
        _problem = host.Problem ?? (host.Status.State == RankState.Failed ? host.Status.Problem : null);
        if (host.Status.State != _shown)
        {
            _shown = host.Status.State;
            Say($"{host.Rank}: {_shown}");
            if (_shown is RankState.Rejoin or RankState.Reconnect)
                host.TryAsk(rank => SayAwaited(rank));
        }

        if (_problem is not null || _shown == RankState.Stopped)
            End();
        else if (!host.Rank.IsNone)
            _isRank.Set();
    }

    /// <summary>One that has gone on by now waits for nobody.</summary>
    private void SayAwaited(Rank rank)
    {
        if (rank.Awaits is { } awaits)
            Say($"{rank.Services.Me}: waits for {awaits}");
    }

    private void End()
    {
        _isHeard.Set();
        _isOver.Set();
        _isRank.Set();
    }

    private void Say(string line)
    {
        console.Out.WriteLine(line);
        console.Out.Flush();
    }
}
