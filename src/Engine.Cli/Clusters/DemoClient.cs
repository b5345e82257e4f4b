// A client that makes, changes, looks at and removes files of its own in directories that move meanwhile, one operation after the
// other, and compares each answer with what it did before.
//
// Threads: its own; the results are read once it has ended.
// What nobody can say of (a session that ended, no answer in time) is left out of what is compared from then on.

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>A verified client of the demonstration.</summary>
internal sealed class DemoClient : IDisposable
{
    private const uint ModeMask = 0x1FF;
    private const uint FirstMode = 0x180;

    private readonly object _turn = new();
    private readonly ManualResetEventSlim _mayGoOn = new(true);
    private readonly ClusterClient _client;
    private readonly SeededRandom _random;
    private readonly IReadOnlyList<string> _directories;
    private readonly int _number;
    private readonly Thread _thread;
    private readonly List<string> _paths = [];
    private readonly Dictionary<string, uint> _modes = [];
    private volatile bool _isStopping;
    private int _made;

    public DemoClient(ClusterClientOptions options, IReadOnlyList<string> directories, int number)
    {
        _client = new ClusterClient(options);
        _random = new SeededRandom((ulong)number + 1);
        (_directories, _number) = (directories, number);
        _thread = new Thread(Work) { IsBackground = true, Name = "engine-demo-client" };
        _thread.Start();
    }

    /// <summary>Operations answered, each compared.</summary>
    public long Operations { get; private set; }

    /// <summary>Of these nobody can say whether they were done.</summary>
    public long Unknown { get; private set; }

    /// <summary>How long each took, in microseconds.</summary>
    public List<double> Delays { get; } = [];

    /// <summary>What was answered wrongly; empty where nothing was.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Paths that it has made, and that nobody may have removed.</summary>
    public IEnumerable<string> Paths => _modes.Keys;

    /// <summary>Paths of which nobody can say whether they are there.</summary>
    public HashSet<string> Doubtful { get; } = [];

    /// <summary>Has it stand still once the operation under way is answered: what it has found out may be read then.</summary>
    public void Pause()
    {
        _mayGoOn.Reset();
        lock (_turn)
            return;
    }

    /// <summary>Has it go on.</summary>
    public void Resume() => _mayGoOn.Set();

    /// <summary>Ends it after the operation under way.</summary>
    public void Stop()
    {
        _isStopping = true;
        _mayGoOn.Set();
        _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _client.Dispose();
        _mayGoOn.Dispose();
    }

    private void Work()
    {
        while (!_isStopping && Faults.Count == 0)
        {
            _mayGoOn.Wait();
            lock (_turn)
            {
                if (_mayGoOn.IsSet)
                    Operate();
            }
        }
    }

    private void Operate()
    {
        int what = _paths.Count == 0 ? 0 : _random.NextInt(4);
        string path = what == 0 ? NewPath() : _paths[_random.NextInt(_paths.Count)];
        if (what == 0)
            Make(path);
        else if (what == 1)
            Change(path);
        else if (what == 2)
            Remove(path);
        else
            Look(path);
    }

    private string NewPath() => string.Create(
        CultureInfo.InvariantCulture, $"{_directories[_random.NextInt(_directories.Count)]}/c{_number}-{_made++}");

    private void Make(string path)
    {
        var changes = new AttributeChanges { Mode = FirstMode };
        if (!TryAsk(path, Of(ClientOp.Create, path) with { Changes = changes }, IoError.None, out _))
            return;
        _modes[path] = FirstMode;
        _paths.Add(path);
    }

    private void Change(string path)
    {
        uint mode = (uint)_random.NextInt((int)ModeMask + 1);
        var changes = new AttributeChanges { Mode = mode };
        if (TryAsk(path, Of(ClientOp.SetAttributes, path) with { Changes = changes }, IoError.None, out _))
            _modes[path] = mode;
    }

    private void Remove(string path)
    {
        if (!TryAsk(path, Of(ClientOp.Unlink, path), IoError.None, out _))
            return;
        Forget(path);
        TryAsk(path, Of(ClientOp.Lookup, path), IoError.NoEntry, out _);
    }

    private void Look(string path)
    {
        if (!TryAsk(path, Of(ClientOp.GetAttributes, path), IoError.None, out ClientReply reply))
            return;
        if ((reply.Stat.Mode & ModeMask) != _modes[path])
            Faults.Add($"{path}: mode {reply.Stat.Mode & ModeMask:x} in place of {_modes[path]:x}");
    }

    private static ClientRequest Of(ClientOp op, string path) => new(0, op) { Path = Encoding.UTF8.GetBytes(path) };

    private bool TryAsk(string path, ClientRequest request, IoError expected, out ClientReply reply)
    {
        long start = Stopwatch.GetTimestamp();
        reply = _client.Call(request);
        Delays.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        Operations++;
        if (reply.Error == expected)
            return true;
        if (reply.Error == IoError.TimedOut || reply.Error == IoError.Stale || reply.Error == IoError.Shutdown)
        {
            Unknown++;
            Doubtful.Add(path);
            Forget(path);
        }
        else
        {
            Faults.Add($"{request.Op} {path}: {(reply.Error.IsNone ? "done" : reply.Error.Name)} in place of "
                + (expected.IsNone ? "done" : expected.Name));
        }

        return false;
    }

    private void Forget(string path)
    {
        _modes.Remove(path);
        _paths.Remove(path);
    }
}
