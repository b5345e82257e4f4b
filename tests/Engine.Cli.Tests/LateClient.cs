using System.Text;
using Engine.Buffers;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Testing;

namespace Engine.Cli.Tests;

// Purpose: answers what an import asks late and in any order, directories twice, and holds it to this: the attributes of a
// directory are asked for behind the safe answers to all of its entries.

/// <summary>A namespace that answers late and out of order.</summary>
/// <param name="seed">Of the order.</param>
/// <param name="givesNumbers">Does the answer to a directory tell its number, from which others are asked for then?</param>
internal sealed class LateClient(ulong seed, bool givesNumbers) : FsClient
{
    private const int UnderWayMax = 40;

    private readonly SeededRandom _random = new(seed);
    private readonly List<(ClientRequest Request, string Path, bool IsSafe, ReplyHandler Handler, object? State)> _open = [];
    private readonly Dictionary<Ino, string> _paths = [];
    private readonly Dictionary<string, Ino> _numbers = [];
    private readonly Dictionary<string, int> _answered = [];
    private ulong _lastTid;
    private ulong _lastIno = 1000;

    /// <summary>How many entries each directory is to have.</summary>
    public Dictionary<string, int> Expected { get; } = [];

    /// <summary>Directories whose attributes were asked for.</summary>
    public List<string> Set { get; } = [];

    /// <summary>Those among them while something else was not answered yet.</summary>
    public int SetMeanwhile { get; private set; }

    public override ulong NextTid() => ++_lastTid;

    public override void Submit(ClientRequest request, ReplyHandler handler, object? state = null)
    {
        string path = Encoding.UTF8.GetString(request.Path.Span);
        if (request.Base != Ino.Root)
            path = path.Length > 0 ? $"{_paths[request.Base]}/{path}" : _paths[request.Base];
        if (request.Op == ClientOp.SetAttributes)
        {
            Assert.Equal((path, Expected[path]), (path, _answered.GetValueOrDefault(path)));
            Set.Add(path);
            SetMeanwhile += _open.Exists(item => item.Request.Op is ClientOp.Create or ClientOp.MakeDirectory) ? 1 : 0;
        }

        _open.Add((request, path, request.Op != ClientOp.MakeDirectory, handler, state));
        while (_open.Count > UnderWayMax)
            AnswerOne();
    }

    public override void WaitForAll()
    {
        while (_open.Count > 0)
            AnswerOne();
    }

    public override void WaitForAll(TimeSpan atMost) => WaitForAll();

    public override void WaitUntil(Func<bool> condition)
    {
        while (!condition())
            AnswerOne();
    }

    public override void Dispose()
    {
        // What an import left unanswered stays so.
    }

    private void AnswerOne()
    {
        int index = _random.NextInt(_open.Count);
        (ClientRequest request, string path, bool isSafe, ReplyHandler handler, object? state) = _open[index];
        if (request.Op == ClientOp.MakeDirectory && givesNumbers && _numbers.TryAdd(path, new Ino(_lastIno + 1)))
            _paths.Add(new Ino(++_lastIno), path);
        if (isSafe)
            _open.RemoveAt(index);
        else
            _open[index] = (request, path, true, handler, state);
        string entry = request.Op == ClientOp.Link ? Encoding.UTF8.GetString(request.Path2.Span) : path;
        bool isEntry = request.Op is ClientOp.Create or ClientOp.MakeDirectory or ClientOp.SymbolicLink or ClientOp.Link;
        if (isSafe && isEntry)
        {
            string directory = entry[..entry.LastIndexOf('/')];
            _answered[directory] = _answered.GetValueOrDefault(directory) + 1;
        }

        FileStat stat = new() { Ino = _numbers.GetValueOrDefault(path), Type = InodeType.Directory };
        handler(request, new ClientReply(request.Tid, IoError.None) { Stat = stat, IsSafe = isSafe }, state);
    }
}
