// A client of all ranks of a world, by the clients' own state machine: its channels begin and end when the test says so, and what
// is on its way to it, or from it, can be held.

using System.Text;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Testing.Metadata;
using Xunit;

namespace Engine.Migration.Tests;

/// <summary>A client with a <see cref="ClientProtocol{T}"/> for each rank.</summary>
internal sealed class MigrationClient
{
    public const CapBits Writing = CapBits.FileWrite | CapBits.FileBuffer | CapBits.FileExclusive;

    private readonly ClusterHarness _cluster;
    private readonly ClientProtocol<string>[] _protocols;
    private readonly Queue<Message>[] _toClient;
    private readonly Queue<Message>[] _toRank;
    private readonly bool[] _hasChannel;
    private readonly Dictionary<ulong, ClientRequest> _asked = [];
    private readonly Dictionary<ulong, ulong> _sentOn = [];
    private ulong _tid;

    public MigrationClient(ClusterHarness cluster, long id, params int[] ranks)
        : this(cluster, id, 60_000_000, ranks)
    {
    }

    public MigrationClient(ClusterHarness cluster, long id, long leaseMicros, int[] ranks)
    {
        (_cluster, Id) = (cluster, new ClientId(id));
        _protocols = new ClientProtocol<string>[cluster.Count];
        _toClient = new Queue<Message>[cluster.Count];
        _toRank = new Queue<Message>[cluster.Count];
        _hasChannel = new bool[cluster.Count];
        for (int i = 0; i < cluster.Count; i++)
        {
            int rank = i;
            _toClient[i] = new Queue<Message>();
            _toRank[i] = new Queue<Message>();
            _protocols[i] = new ClientProtocol<string>("here", repeats: true)
            {
                LeaseMicros = leaseMicros, Others = each => _protocols[each.Value],
                IsRefusal = static reply => reply.Error == IoError.Again,
            };
            cluster[i].OwnClients.Add(id);
            cluster[i].SentToClient += (client, message) => Sent(rank, client, message);
        }

        foreach (int rank in ranks)
            Connect(rank);
        Run();
    }

    public ClientId Id { get; }

    /// <summary>Holds messages from a rank while it says true; with all that follows.</summary>
    public Func<int, Message, bool>? Holds { get; set; }

    /// <summary>Holds messages to a rank while it says true; with all that follows.</summary>
    public Func<int, Message, bool>? HoldsBack { get; set; }

    /// <summary>Answers, the last ones behind.</summary>
    public List<ClientReply> Replies { get; } = [];

    public ClientProtocol<string> this[int rank] => _protocols[rank];

    /// <summary>Asks again for what was refused by ranks that could not serve yet, and for sessions that were ended.</summary>
    public void AskAgain()
    {
        for (int i = 0; i < _protocols.Length; i++)
        {
            ClientProtocol<string> protocol = _protocols[i];
            if (_hasChannel[i] && !protocol.IsOpen && !protocol.IsOpening)
                Connect(i);
            foreach (ulong tid in _asked.Keys)
                protocol.TryRepeat(tid);
        }
    }

    public void Connect(int rank)
    {
        _hasChannel[rank] = true;
        Now(rank).ChannelBegan();
    }

    /// <summary>The channel ends, with what is on its way; the rank hears of it.</summary>
    public void Disconnect(int rank, bool tellsRank = true)
    {
        _hasChannel[rank] = false;
        _toClient[rank].Clear();
        _toRank[rank].Clear();
        Now(rank).ChannelEnded();
        if (tellsRank)
            _cluster[rank].Rank.Step(new RankEvent(RankEventKind.PeerGone, From: Peer.Of(Id)));
    }

    /// <summary>Opens a file to write, and has it.</summary>
    public ClientCap Open(int rank, string path, OpenFlags flags = OpenFlags.Write | OpenFlags.Read)
    {
        ClientReply reply = Call(rank, new ClientRequest(0, ClientOp.Open)
        {
            Path = Encoding.UTF8.GetBytes(path), Flags = flags | OpenFlags.Keep,
        });
        Assert.Equal(IoError.None, reply.Error);
        Assert.True(_protocols[rank].TryGetCap(reply.Stat.Ino, out ClientCap? cap));
        return cap;
    }

    public ulong Begin(int rank, ClientRequest request)
    {
        ulong tid = Now(rank).NextTid();
        while (tid <= _tid)
            tid = _protocols[rank].NextTid();
        _tid = tid;
        request = request with { Tid = tid };
        _asked[tid] = request;
        if (_protocols[rank].Begin(ref request, ""))
            _toRank[rank].Enqueue(request);
        return tid;
    }

    public ClientReply Call(int rank, ClientRequest request)
    {
        ulong tid = Begin(rank, request);
        Run();
        return AnswerTo(tid) ?? throw new InvariantException($"no answer to {request.Op}");
    }

    /// <summary>The last answer to a request, wherever it was sent on; null while there is none.</summary>
    public ClientReply? AnswerTo(ulong tid)
    {
        while (_sentOn.TryGetValue(tid, out ulong next))
            tid = next;
        return Replies.LastOrDefault(reply => reply.Tid == tid);
    }

    /// <summary>Changes the size of what it has.</summary>
    public void Write(int rank, Ino ino, long size) =>
        Assert.True(Now(rank).TryChange(ino, Writing, new CapAttributes { Size = size, ModifiedAt = size }));

    public void Flush(int rank, Ino ino)
    {
        Now(rank).Flush(ino);
        Run();
    }

    /// <summary>Delivers both ways, and runs the ranks, until nothing is left but what is held.</summary>
    public void Run()
    {
        do
            _cluster.Run();
        while (DeliverNext());
    }

    /// <summary>The one capability that it has on an inode, and from whom.</summary>
    public (int Rank, ClientCap Cap) Has(Ino ino)
    {
        (int, ClientCap)[] all = [.. Enumerable.Range(0, _protocols.Length)
            .Where(rank => _protocols[rank].TryGetCap(ino, out _))
            .Select(rank => (rank, _protocols[rank].Caps.Single(cap => cap.Ino == ino)))];
        return Assert.Single(all);
    }

    /// <summary>What it has is what ranks believe.</summary>
    public void AssertAgrees(Ino ino, int owner)
    {
        (int rank, ClientCap cap) = Has(ino);
        Assert.Equal(owner, rank);
        for (int i = 0; i < _protocols.Length; i++)
            Assert.Equal(i == owner, _cluster[i].Rank.Services.Caps.TryGet(ino, Id, out _));
        Assert.True(_cluster[owner].Rank.Services.Caps.TryGet(ino, Id, out Cap known));
        Assert.Equal((known.Id, known.Pending, known.Issued), (cap.Id, cap.Caps, cap.Caps));
        Assert.Equal(CapFlags.None, known.Flags);
        Session session = _cluster[owner].Rank.Services.Sessions.Find(Id)!;
        Assert.Equal((SessionState.Open, 0), (session.State, session.ImportingCount));
    }

    private ClientProtocol<string> Now(int rank)
    {
        _protocols[rank].NowMicros = _cluster[rank].NowMicros;
        return _protocols[rank];
    }

    private void Sent(int rank, ClientId client, Message message)
    {
        if (client == Id && _hasChannel[rank])
            _toClient[rank].Enqueue(message);
    }

    private bool DeliverNext()
    {
        for (int i = 0; i < _protocols.Length; i++)
        {
            if (_toClient[i].TryPeek(out Message? next) && Holds?.Invoke(i, next) != true)
            {
                Take(i, _toClient[i].Dequeue());
                return true;
            }
        }

        for (int i = 0; i < _protocols.Length; i++)
        {
            foreach (Message message in _protocols[i].Out)
                _toRank[i].Enqueue(message);
            _protocols[i].Out.Clear();
            if (_toRank[i].TryPeek(out Message? next) && HoldsBack?.Invoke(i, next) != true)
            {
                _toRank[i].Dequeue();
                _cluster[i].Tell(Id.Value, next);
                return true;
            }
        }

        return false;
    }

    private void Take(int rank, Message message)
    {
        if (message is ClientForward forward)
        {
            Assert.True(_protocols[rank].Forget(forward.Tid));
            _sentOn[forward.Tid] = Begin(forward.To.Value, forward.Next(_asked[forward.Tid]));
            return;
        }

        ClientNews<string> news = Now(rank).Take(message);
        if (news.Kind is ClientNewsKind.Answered or ClientNewsKind.Refused)
            Replies.Add(news.Reply!);
    }
}
