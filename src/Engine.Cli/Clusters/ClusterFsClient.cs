using Engine.Cli.Sessions;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>Asks the ranks of a cluster on behalf of a command. Handlers run on the client's thread, under the lock.</summary>
internal sealed class ClusterFsClient : FsClient
{
    /// <summary>Most requests under way: enough for journals to make many durable at once.</summary>
    private const int Window = 4096;

    /// <summary>What takes longer is told of.</summary>
    private const long PatienceMicros = 4_000_000;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly ClusterClient _cluster;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _wake;
    private readonly Action<string>? _note;
    private (RankId Rank, ClusterRankState State) _noted = (RankId.None, ClusterRankState.None);
    private ulong _lastTid;
    private int _underWay;

    /// <param name="cluster">The client; ended with this.</param>
    /// <param name="cancellation">Ends every wait.</param>
    /// <param name="note">Hears, once a wait has taken some seconds, for whom that is.</param>
    public ClusterFsClient(ClusterClient cluster, CancellationToken cancellation, Action<string>? note = null)
    {
        (_cluster, _cancellation, _note) = (cluster, cancellation, note);
        _wake = cancellation.Register(Wake);
    }

    /// <inheritdoc/>
    public override ulong NextTid() => ++_lastTid;

    /// <inheritdoc/>
    public override void Submit(ClientRequest request, ReplyHandler handler, object? state = null)
    {
        lock (_gate)
        {
            Wait(() => _underWay < Window);
            _underWay++;
        }

        _cluster.Ask(request, (asked, reply) =>
        {
            lock (_gate)
            {
                handler(asked, reply, state);
                _underWay--;
                Monitor.PulseAll(_gate);
            }
        });
    }

    /// <inheritdoc/>
    public override void WaitForAll() => WaitUntil(() => _underWay == 0);

    /// <inheritdoc/>
    public override void WaitForAll(TimeSpan atMost)
    {
        long until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_gate)
        {
            while (_underWay > 0 && Environment.TickCount64 < until)
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(Math.Max(1, until - Environment.TickCount64)));
        }
    }

    /// <inheritdoc/>
    public override void WaitUntil(Func<bool> condition)
    {
        lock (_gate)
            Wait(condition);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        _cluster.Dispose();
    }

    private void Wait(Func<bool> condition)
    {
        while (!condition())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (!Monitor.Wait(_gate, s_look))
                NoteWait();
        }
    }

    /// <summary>Says for whom it waits, once of each rank as it is then.</summary>
    private void NoteWait()
    {
        if (_cluster.Longest is not { Micros: >= PatienceMicros } wait || (wait.Rank, wait.State) == _noted)
            return;
        _noted = (wait.Rank, wait.State);
        string what = wait.State switch
        {
            ClusterRankState.None or ClusterRankState.Failed =>
                "nobody has taken it over: start engine rank serve; a request waits for a minute",
            ClusterRankState.Damaged => "what its process wrote last says what is damaged",
            ClusterRankState.Stopped => "it was ended in order; start engine rank serve --rank with its number",
            < ClusterRankState.Active => "it begins; engine mig status of it says whom it waits for",
            _ => "engine mig ops of it says what the request waits for",
        };
        _note?.Invoke($"waits for {wait.Rank}, which is {wait.State}: {what}");
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }
}
