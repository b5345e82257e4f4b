using System.Diagnostics;
using System.Globalization;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Makes, looks at, changes and removes files of its own in a tree, one operation after the other, until it is ended;
/// the results are read then.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly ClusterClient _client;
    private readonly Thread _thread;
    private readonly string _root;
    private readonly int _directories;
    private readonly int _number;
    private readonly ManualResetEventSlim _isReached = new();
    private volatile bool _isStopping;
    private long _done;
    private long _awaited = long.MaxValue;

    public LoadClient(ClusterClient client, string root, int directories, int number)
    {
        (_client, _root, _directories, _number) = (client, root, directories, number);
        _thread = new Thread(Work) { IsBackground = true, Name = "bench-load" };
        _thread.Start();
    }

    /// <summary>Every operation: when it began (timestamp of the stop-watch), how long it took, and whether it only
    /// looked.</summary>
    public List<(long Start, TimeSpan Delay, bool IsLook)> Operations { get; } = new(1 << 20);

    /// <summary>What was answered wrongly; null where nothing was.</summary>
    public string? Fault { get; private set; }

    /// <summary>Waits until it has done so many operations more, or none any more.</summary>
    public void Await(int operations)
    {
        _isReached.Reset();
        Volatile.Write(ref _awaited, Volatile.Read(ref _done) + operations);
        if (Fault is null)
            _isReached.Wait();
    }

    /// <summary>Ends it after the operation under way.</summary>
    public void Stop()
    {
        _isStopping = true;
        _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _client.Dispose();
        _isReached.Dispose();
    }

    private void Work()
    {
        var changes = new AttributeChanges { Mode = 0x180 };
        for (int file = 0; !_isStopping && Fault is null; file++)
        {
            string directory = Filling.PathOf(_root, file % _directories);
            string path = string.Create(CultureInfo.InvariantCulture, $"{directory}/l{_number}-{file}");
            Do(Filling.Of(ClientOp.Create, path) with { Changes = changes });
            Do(Filling.Of(ClientOp.GetAttributes, path));
            Do(Filling.Of(ClientOp.SetAttributes, path) with { Changes = changes });
            Do(Filling.Of(ClientOp.Unlink, path));
        }
    }

    private void Do(ClientRequest request)
    {
        if (Fault is not null)
            return;
        long start = Stopwatch.GetTimestamp();
        IoError error = _client.Call(request).Error;
        Operations.Add((start, Stopwatch.GetElapsedTime(start), request.Op == ClientOp.GetAttributes));
        if (error.Failed)
            Fault = $"{request.Op}: {error.Name}";
        Volatile.Write(ref _done, _done + 1);
        if (error.Failed || _done >= Volatile.Read(ref _awaited))
            _isReached.Set();
    }
}
