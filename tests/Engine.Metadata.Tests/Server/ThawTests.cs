using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Testing.Metadata;

namespace Engine.Metadata.Tests;

/// <summary>Requests that wait for a frozen tree, when it is thawed: a rank goes on with them by the batch, in order, and has
/// time for others between.</summary>
public sealed class ThawTests : IDisposable
{
    private const int Clients = 50;
    private const int RequestsEach = 1000;
    private const int StepsMax = 10_000;

    /// <summary>Sums of directories that are written back, one each, and heads of segments.</summary>
    private const int OtherEventsMax = Clients + 8;
    private const long Bystander = Clients + 1;
    private const string Top = "/frozen";

    private static readonly int s_batch = new RankOptions { Incarnation = 1 }.ThawBatch;

    private readonly RankHarness _rank = new(options => options with { CheckLevel = 1 });
    private readonly List<ulong>[] _asked = [.. Enumerable.Range(0, Clients).Select(_ => new List<ulong>())];
    private readonly int[] _answered = new int[Clients];
    private ulong _renewals;

    public void Dispose() => _rank.Dispose();

    /// <summary>In place of heartbeats, which a rank alone sends nobody, a client that asks to stay known hears at
    /// once.</summary>
    [Fact]
    public void MG134_AThawGoesOnInBatches_ClientByClientInOrder()
    {
        _rank.Start();
        MetadataCache cache = _rank.Rank.Cache;
        Dir top = MakeTree(cache);
        _rank.Call(new ClientRequest(0, ClientOp.GetAttributes) { Path = "/"u8.ToArray() }, Bystander);
        Assert.True(cache.FreezeTree(top));
        for (int i = 0; i < RequestsEach; i++)
            AskOfEach(i);
        _rank.Run();
        Assert.Equal(0, NewlyAnswered());

        cache.UnfreezeTree(top);
        Assert.Equal(Clients * RequestsEach, cache.Ready.Count);
        int steps = 2 * Drain();
        Assert.InRange(steps, Clients * RequestsEach / s_batch, 2 * StepsMax);
        _rank.Run();
        Assert.All(_asked, AssertOrder);
        Assert.Equal(RequestsEach + 1, _rank.List($"{Top}/c0").Count);
    }

    /// <summary>Takes two steps at a time until everything is answered; half-way each client asks for one more.</summary>
    private int Drain()
    {
        int steps = 0;
        int done = 0;
        bool isLate = false;
        while (done < Clients * (RequestsEach + 1))
        {
            Assert.True(++steps <= StepsMax, $"{done} are answered");
            AtMostABatch(Renew);
            AtMostABatch(() => _rank.RunAtMost(1));
            done += NewlyAnswered();
            if (isLate || done < Clients * RequestsEach / 2)
                continue;
            isLate = true;
            Assert.InRange(_rank.Rank.Cache.Ready.Count, 1, Clients * RequestsEach);
            AskOfEach(RequestsEach);
            done += NewlyAnswered();
        }

        return steps;
    }

    private Dir MakeTree(MetadataCache cache)
    {
        Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, Top).Error);
        for (int client = 0; client < Clients; client++)
            Assert.Equal(IoError.None, _rank.Call(ClientOp.MakeDirectory, HomeOf(client)).Error);
        Dir root = cache.FirstDirOf(cache.FindInode(Ino.Root))!;
        return cache.FirstDirOf(cache.Lookup(root, "frozen"u8))!;
    }

    private void AskOfEach(int number)
    {
        string name = number.ToString(CultureInfo.InvariantCulture);
        for (int client = 0; client < Clients; client++)
        {
            ClientRequest request = new(0, ClientOp.Create) { Path = Encoding.ASCII.GetBytes($"{HomeOf(client)}/{name}") };
            _asked[client].Add(_rank.Submit(request, client + 1));
        }
    }

    private void Renew()
    {
        SessionRenew renew = new(++_renewals);
        _rank.Rank.Step(new RankEvent(RankEventKind.Message, From: Peer.Of(new ClientId(Bystander)), Message: renew));
        Assert.Contains((new ClientId(Bystander), (Message)new SessionRenewed(renew.Seq)), _rank.Told);
        _rank.Told.Clear();
    }

    /// <summary>Each of the requests makes one event.</summary>
    private void AtMostABatch(Action step)
    {
        long before = _rank.Rank.LastSeq;
        step();
        Assert.InRange(_rank.Rank.LastSeq - before, 0, s_batch + OtherEventsMax);
    }

    private int NewlyAnswered()
    {
        int count = 0;
        for (int client = 0; client < Clients; client++)
        {
            List<ulong> asked = _asked[client];
            for (; _answered[client] < asked.Count && _rank.RepliesTo(asked[_answered[client]]).Count > 0; count++)
                _answered[client]++;
        }

        return count;
    }

    /// <summary>Numbers of inodes are given out in order, so those of a client's files tell in which order they were
    /// made.</summary>
    private void AssertOrder(List<ulong> asked)
    {
        List<ClientReply> replies = [.. asked.Select(tid => _rank.RepliesTo(tid)[^1])];
        Assert.All(replies, reply => Assert.True(reply.Error.IsNone && reply.IsSafe, reply.ToString()));
        Assert.Equal(replies.Select(reply => reply.Stat.Ino.Value).Order(), replies.Select(reply => reply.Stat.Ino.Value));
    }

    private static string HomeOf(int client) => string.Create(CultureInfo.InvariantCulture, $"{Top}/c{client}");
}
