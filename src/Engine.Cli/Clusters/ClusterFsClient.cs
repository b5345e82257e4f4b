using Engine.Cli.Sessions;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>Asks the ranks of a cluster on behalf of a command. Handlers run on the client's thread, under the lock.</summary>
internal sealed class ClusterFsClient : FsClient
{
    /// <summary>Most requests under way: enough for journals to make many durable at once.</summary>
    private const int Window = 4096;

    private readonly object _gate = new();
    private readonly ClusterClient _cluster;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _wake;
    private ulong _lastTid;
    private int _underWay;

    /// <param name="cluster">The client; ended with this.</param>
    /// <param name="cancellation">Ends every wait.</param>
    public ClusterFsClient(ClusterClient cluster, CancellationToken cancellation)
    {
        (_cluster, _cancellation) = (cluster, cancellation);
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
            Monitor.Wait(_gate);
        }
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }
}
