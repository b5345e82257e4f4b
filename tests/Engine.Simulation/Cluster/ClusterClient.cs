// A client of several ranks: one operation at a time in a directory of its own, compared with the reference namespace at its
// answer, whichever rank gives it.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A client that compares what ranks answer with the reference namespace.</summary>
internal sealed class ClusterClient : RankCaller
{
    private const ulong ThinkMicrosMax = 400;
    private const ulong GuessSalt = 0x6E55;
    private const int WrongOneIn = 4;
    private const int LearnsOneIn = 8;
    private const int SumOneIn = 12;
    private const byte LearningHops = 2;
    private const int ListingLimit = 3;
    private const ulong ModelRoot = 1;

    private readonly NamespaceModel _model = new();
    private readonly Queue<TreeOperation> _walk = [];
    private readonly List<string> _names = [];
    private readonly long _index;
    private readonly string _below;
    private long _round;
    private TreeOperation? _operation;
    private DirectoryCursor _cursor;
    private bool _isWalking;
    private bool _isSum;

    public ClusterClient(SimEnvironment world, ClusterScenario scenario, long index)
        : base(world, scenario)
    {
        _index = index;
        _below = string.Create(CultureInfo.InvariantCulture, $"/t{index}");
    }

    public override bool IsBusy => _operation is not null;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"client {_index} request {Tid} at rank {AskedRank} after {Hops} hops: {_operation}");

    protected override void Begin()
    {
        if (IsBusy || IsDone)
            return;
        _names.Clear();
        _cursor = default;
        _isSum = false;
        if (!_isWalking && Scenario.NextOperation(_index, ref _round) is >= 0 and long number)
        {
            _operation = Scenario.Draw(number);
            ulong chance = TraceHash.Mix(Scenario.SeedOf(number), GuessSalt);
            _isSum = chance % SumOneIn == 0;
            if (_isSum)
                _operation = TreeOperation.Of(ClientOp.Lookup, "");
            Guess(chance >> 8);
        }
        else if (!_isWalking)
        {
            _isWalking = true;
            _operation = TreeOperation.Of(ClientOp.ReadDirectory, "");
        }
        else if (!_walk.TryDequeue(out _operation))
        {
            IsDone = true;
            return;
        }

        Ask();
    }

    /// <summary>Mostly where the last answer came from, now and then anywhere, and now and then so that the rank learns the way
    /// instead of sending on.</summary>
    private void Guess(ulong chance)
    {
        if (chance % WrongOneIn == 0)
            AskedRank = (int)((chance >> 8) % (ulong)Links.Count);
        Hops = (chance >> 16) % LearnsOneIn == 0 ? LearningHops : (byte)0;
    }

    protected override ClientRequest ToRequest() =>
        _operation!.ToRequest(0, _below) with { Cursor = _cursor, Limit = ListingLimit };

    protected override bool AsksAfterEnd()
    {
        if (!_operation!.Changes)
            return true;
        _operation = null;
        IsDone = true;
        Scenario.Evicted();
        return false;
    }

    protected override void Answered(ClientReply reply)
    {
        ForgetRequest();
        foreach (DirectoryItem item in reply.Items)
            _names.Add(Encoding.UTF8.GetString(item.Name.Span));
        if (_operation!.Op == ClientOp.ReadDirectory && reply.Error.IsNone && !reply.IsEnd)
        {
            _cursor = reply.Cursor;
            Ask();
            return;
        }

        TreeOperation operation = _operation;
        _operation = null;
        Compare(operation, reply);
        Think(TraceHash.Mix(Turn, (ulong)_index) % ThinkMicrosMax);
    }

    private void Compare(TreeOperation operation, ClientReply reply)
    {
        if (_isSum)
        {
            IoError error = _model.Stat(ModelRoot, out ModelStat root);
            if (reply.Error.Failed || error.Failed || reply.Stat.Links != root.Nlink)
                Scenario.Differs(this, operation, $"{reply.Error.Name} {reply.Stat.Links} links in place of {root.Nlink}");
            return;
        }

        _names.Sort(StringComparer.Ordinal);
        if (Scenario.Migrates && IsBetweenRanks(operation, reply))
        {
            Scenario.RefusedBetween();
            return;
        }

        if (operation.Do(_model, reply.Stat.Ino.Value).DifferenceTo(reply, _names) is { } difference)
            Scenario.Differs(this, operation, difference);
        if (!_isWalking)
            return;
        foreach (string name in _names)
            _walk.Enqueue(TreeOperation.Of(ClientOp.Lookup, $"{operation.Path}/{name}"));
        if (operation.Op == ClientOp.Lookup && reply.Stat.Type == InodeType.Directory)
            _walk.Enqueue(TreeOperation.Of(ClientOp.ReadDirectory, operation.Path));
    }

    /// <summary>EXDEV, or EBUSY where another rank's subtree is in the way: nothing was done.</summary>
    private static bool IsBetweenRanks(TreeOperation operation, ClientReply reply) => reply.Error.Errno switch
    {
        18 => operation.Op is ClientOp.Rename or ClientOp.Link or ClientOp.Unlink,
        16 => operation.Op is ClientOp.Rename or ClientOp.RemoveDirectory or ClientOp.Unlink,
        _ => false,
    };
}
