// A client of several ranks that asks one thing at a time: channels and sessions, and the way of a request. A request is sent
// where the client guesses, and on where it is told; to one rank it is sent again, under its number, until its answer is safe.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>What clients of several ranks have in common.</summary>
internal abstract class RankCaller : ISimActor
{
    private const long AgainMicros = 1_000_000;
    private const long AbsentMicros = 3_000;
    private const long RenewMicros = 50_000;
    private const long LeaseMicros = RankScenario.SessionTimeoutMicros * 9 / 10;
    private const ulong ThinkToken = ulong.MaxValue;
    private const ulong RenewToken = ulong.MaxValue - 1;

    private static readonly IoError s_noSession = new(107);

    /// <summary>A rank that recovers, ends or has no room says so; it has done nothing, and is asked again.</summary>
    private static readonly IoError[] s_notDone =
        [s_noSession, IoError.Io, IoError.Again, IoError.Shutdown, IoError.NoSpace, IoError.NoMemory, new(66)];

    private readonly Link[] _links;
    private ulong _turn;
    private ulong _tid;

    /// <summary>How ranks have sent it on since.</summary>
    private readonly List<ClientForward> _forwards = [];

    protected RankCaller(SimEnvironment world, ClusterScenario scenario)
    {
        World = world;
        Scenario = scenario;
        long leaseMicros = scenario.HasOpeners ? LeaseMicros : long.MaxValue;
        _links =
        [
            .. Enumerable.Range(0, scenario.RankCount)
                .Select(rank => new Link(rank, to => _links![to.Value].Protocol, leaseMicros)),
        ];
    }

    public bool HasStopped => false;

    public bool IsDone { get; protected set; }

    public abstract bool IsBusy { get; }

    protected SimEnvironment World { get; }

    protected ClusterScenario Scenario { get; }

    /// <summary>Channels and sessions, by rank.</summary>
    protected IReadOnlyList<Link> Links => _links;

    /// <summary>The rank that is asked.</summary>
    protected int AskedRank { get; set; }

    /// <summary>How often the request was sent on.</summary>
    protected byte Hops { get; set; }

    /// <summary>Number of the request.</summary>
    protected ulong Tid => _tid;

    /// <summary>Times that something was asked.</summary>
    protected ulong Turn => _turn;

    private Link At => _links[AskedRank];

    public void Start()
    {
        if (Scenario.HasOpeners)
            World.SetTimer(RenewToken, RenewMicros);
        Think(0);
    }

    public void Step(in RankEvent item)
    {
        foreach (Link link in _links)
            link.Protocol.NowMicros = World.NowMicros;
        Woke();
        switch (item.Kind)
        {
            case RankEventKind.Timer when item.Token == ThinkToken:
                Begin();
                break;
            case RankEventKind.Timer when item.Token == RenewToken:
                Renew();
                break;
            case RankEventKind.Timer when IsBusy && item.Token == _turn:
                AskAgain();
                break;
            case RankEventKind.PeerGone:
                Gone(item.From);
                break;
            case RankEventKind.Message:
                Handle(item.From, item.Message!);
                break;
        }
    }

    public virtual void Dispose()
    {
    }

    protected void Think(ulong micros) => World.SetTimer(ThinkToken, (long)micros);

    /// <summary>Begins what comes next.</summary>
    protected abstract void Begin();

    /// <summary>What is asked.</summary>
    protected abstract ClientRequest ToRequest();

    /// <summary>A safe answer to it.</summary>
    protected abstract void Answered(ClientReply reply);

    /// <summary>The session with the rank that was asked has ended: nobody can say what became of what was asked.</summary>
    /// <returns>Is it asked again?</returns>
    protected abstract bool AsksAfterEnd();

    /// <summary>Time has passed.</summary>
    protected virtual void Woke()
    {
    }

    /// <summary>A rank's message, before it is taken.</summary>
    protected virtual void Taking(Link from, Message message)
    {
    }

    /// <summary>The same, after it was taken.</summary>
    protected virtual void Taken(Message message)
    {
    }

    /// <summary>A message that goes out.</summary>
    protected virtual void Sending(Link to, Message message)
    {
    }

    /// <summary>Asks under a new number.</summary>
    protected void Ask()
    {
        _forwards.Clear();
        Put();
    }

    private void Put()
    {
        Meet(At);
        // A number is the client's, whichever rank it was given to: what was done is known to whoever has the region.
        ulong tid = At.Protocol.NextTid();
        while (tid <= _tid)
            tid = At.Protocol.NextTid();
        _tid = tid;
        ClientRequest request = ToRequest() with { Hops = Hops, Tid = tid };
        foreach (ClientForward forward in _forwards)
            request = forward.Next(request);
        bool isOpen = At.Protocol.Begin(ref request, request.Op);
        World.SetTimer(++_turn, AgainMicros);
        if (isOpen)
            World.Send(At.Rank!.Value, request);
    }

    /// <summary>Nobody waits for the answer any more.</summary>
    protected void ForgetRequest() => At.Protocol.Forget(_tid);

    /// <summary>Sends what there is to say, to all ranks: what one said may be another's to hear.</summary>
    protected void Send()
    {
        foreach (Link link in _links)
        {
            for (int i = 0; i < link.Protocol.Out.Count && link.Rank is { } rank; i++)
            {
                Sending(link, link.Protocol.Out[i]);
                World.Send(rank, link.Protocol.Out[i]);
            }

            link.Protocol.Out.Clear();
        }
    }

    private void AskAgain()
    {
        World.SetTimer(++_turn, AgainMicros);
        // Who comes back has asked again with that.
        if (Meet(At) && At.Protocol.IsOpen)
            At.Protocol.TryRepeat(_tid);
        else if (At.Rank is not null && !At.Protocol.IsOpen)
            At.Protocol.ChannelBegan();
        Send();
    }

    /// <summary>Finds the rank's present life, and begins or goes on with the session there; true where it was known.</summary>
    private bool Meet(Link link)
    {
        Peer? rank = World.Find(PeerKind.Rank, link.Number);
        if (rank is null || rank == link.Rank)
            return rank is not null;
        if (link.Rank is not null)
            link.Protocol.ChannelEnded();
        link.Rank = rank;
        link.Protocol.ChannelBegan();
        Send();
        return false;
    }

    private void Renew()
    {
        foreach (Link link in _links)
        {
            // What another rank said is there has to be asked for.
            if (link.Rank is not null || link.Protocol.Caps.Count > 0)
                Meet(link);
            if (link.Rank is not null)
                link.Protocol.Renew();
        }

        Send();
        World.SetTimer(RenewToken, RenewMicros);
    }

    private void Gone(Peer rank)
    {
        Link? link = Array.Find(_links, each => each.Rank == rank);
        if (link is null)
            return;
        link.Rank = null;
        link.Protocol.ChannelEnded();
        if (IsBusy && link == At)
            World.SetTimer(++_turn, AbsentMicros);
    }

    private void Handle(Peer from, Message message)
    {
        Link? link = Array.Find(_links, each => each.Rank == from);
        if (link is null && Scenario.HasOpeners && World.Find(PeerKind.Rank, from.Id) == from)
        {
            // A rank that was never asked has something of the client's.
            link = _links[from.Id];
            Meet(link);
        }

        if (link is null)
            return;
        bool isAsked = IsBusy && link == At;
        if (message is ClientForward forward)
        {
            if (isAsked && forward.Tid == _tid)
                FollowTo(forward);
            return;
        }

        Taking(link, message);
        bool wasOpen = link.Protocol.IsOpen;
        ClientNews<ClientOp> news = link.Protocol.Take(message);
        Send();
        Taken(message);
        if (news.Kind == ClientNewsKind.Ended && wasOpen)
            Ended(isAsked);
        else if (news.Kind == ClientNewsKind.Answered && isAsked && news.Reply!.Tid == _tid && news.Reply.IsSafe)
            Answered(news.Reply);
        else if (news.Kind == ClientNewsKind.Refused && isAsked && news.Reply!.Tid == _tid)
            Refused(news.Reply);
    }

    private void FollowTo(ClientForward forward)
    {
        Scenario.Forwarded();
        ForgetRequest();
        AskedRank = forward.To.Value;
        Hops = forward.Hops;
        _forwards.Add(forward);
        Put();
    }

    /// <summary>A request that went round and round is begun anew.</summary>
    private void Refused(ClientReply reply)
    {
        if (reply.Error.Errno != 66)
            return;
        Scenario.Lost();
        ForgetRequest();
        Hops = 0;
        Ask();
    }

    private void Ended(bool isAsked)
    {
        if (!isAsked)
            return;
        if (AsksAfterEnd())
            AskAgain();
        else
            ForgetRequest();
    }

    /// <summary>What the client has with one rank.</summary>
    protected sealed class Link(int number, Func<RankId, ClientProtocol<ClientOp>?> others, long leaseMicros)
    {
        /// <summary>The rank.</summary>
        public int Number => number;

        /// <summary>Its life, while there is a channel to it.</summary>
        public Peer? Rank { get; set; }

        public ClientProtocol<ClientOp> Protocol { get; } =
            new("", repeats: true)
            {
                IsRefusal = static reply => s_notDone.Contains(reply.Error), Others = others, LeaseMicros = leaseMicros,
            };
    }
}
