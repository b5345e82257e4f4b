// What there is before the storm: a tree for each client, each with the rank that it is to be given to.
//
// Invariant: nothing is lost or refused before the storm, so that everything is asked once.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Makes the trees at rank 0, and has the ranks that get them learn the way.</summary>
internal sealed class ClusterSetup(SimEnvironment world, IReadOnlyList<int> owners) : ISimActor
{
    private const byte LearningHops = 8;

    private readonly List<(int Rank, Message Message)> _script = [];
    private int _next;
    private ulong _tid;

    /// <summary>Numbers of the trees' roots.</summary>
    public Ino[] Roots { get; } = new Ino[owners.Count];

    public bool IsDone => _next >= _script.Count;

    public bool HasStopped => false;

    public void Start()
    {
        foreach (int rank in owners.Append(0).Distinct().Order())
            _script.Add((rank, new SessionOpen("setup")));
        for (int i = 0; i < owners.Count; i++)
            Say(0, i, ClientOp.MakeDirectory, 0);
        for (int i = 0; i < owners.Count; i++)
        {
            Say(0, i, ClientOp.ReadDirectory, 0);
            if (owners[i] != 0)
                Say(owners[i], i, ClientOp.Lookup, LearningHops);
        }

        world.SetTimer(0, 50_000);
    }

    public void Step(in RankEvent item)
    {
        switch (item)
        {
            case { Kind: RankEventKind.Timer }:
                Send();
                break;
            case { Kind: RankEventKind.Message, Message: ClientReply { IsSafe: true } reply } when reply.Tid == _tid:
                if (_script[_next].Message is ClientRequest { Op: ClientOp.MakeDirectory })
                    Roots[(int)reply.Tid - 1] = reply.Stat.Ino;
                Invariant.That(reply.Error.IsNone || reply.Error.Errno == 66, reply.Error.Name);
                Go();
                break;
            case { Kind: RankEventKind.Message, Message: SessionOpened }:
                Go();
                break;
        }
    }

    public void Dispose()
    {
    }

    private void Say(int rank, int tree, ClientOp op, byte hops) => _script.Add((rank, new ClientRequest(++_tid, op)
    {
        Path = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/t{tree}")),
        Hops = hops,
    }));

    private void Go()
    {
        _next++;
        Send();
    }

    private void Send()
    {
        if (IsDone)
            return;
        (int rank, Message message) = _script[_next];
        _tid = (message as ClientRequest)?.Tid ?? 0;
        world.Send(world.Find(PeerKind.Rank, rank)!.Value, message);
    }
}
