// Channels between lives of processes, over virtual time.
//
// Ownership: the world owns the network; a link belongs to an ordered pair of peers for the whole run, its queue to the link.
// Invariants: a link with a queue has exactly one step on the schedule; ready times within a queue strictly grow, so that nothing
// overtakes unless the switch for it is on; after a channel ended, the sender's messages are lost until it has been told, and
// the receiver is told before it gets any message of a later channel.
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>The network of a simulated world: FIFO links with latency, bandwidth, resets, partitions and clogging.</summary>
public sealed class SimNetwork : IStepTarget
{
    private const int OvertakeMax = 4;
    private const int ReleaseMicros = 2000;

    private readonly Simulator _simulator;
    private readonly ulong _seed;
    private readonly Dictionary<Peer, SimEnvironment> _lives = [];
    private readonly Dictionary<(Peer From, Peer To), SimLink> _byPeers = [];
    private readonly List<SimLink> _links = [];
    private readonly Dictionary<(int From, int To), (long Until, int ExtraMicros)> _slow = [];
    private readonly Dictionary<(int From, int To), long> _cloggedUntil = [];

    internal SimNetwork(Simulator simulator, ulong seed, NetworkOptions options)
    {
        _simulator = simulator;
        _seed = seed;
        Options = options;
    }

    /// <summary>How messages travel.</summary>
    public NetworkOptions Options { get; }

    /// <summary>Bytes that a message takes on the wire; 200 unless a scenario knows better.</summary>
    public Func<Message, int> SizeOf { get; set; } = static _ => 200;

    /// <summary>Does a message go by the lane that what is sent behind it by the other may pass? So do pages over a connection.
    /// By default nothing does.</summary>
    public Func<Message, bool> IsBulk { get; set; } = static _ => false;

    /// <summary>A digest of a message's content for the trace: the same in every process. By default of its kind only.</summary>
    public Func<Message, ulong> DigestOf { get; set; } = MessageDigest.OfKind;

    /// <summary>Messages delivered.</summary>
    public long Delivered { get; private set; }

    /// <summary>Messages on their way.</summary>
    public int InFlightCount
    {
        get
        {
            int count = 0;
            foreach (SimLink link in _links)
                count += link.Count;
            return count;
        }
    }

    /// <summary>The life that has this name now; null when none is alive and reachable.</summary>
    public SimEnvironment? Find(Peer peer) => _lives.GetValueOrDefault(peer);

    /// <summary>Messages, and news of ends, on their way from one to another.</summary>
    public int InFlight(Peer from, Peer to) => _byPeers.TryGetValue((from, to), out SimLink? link) ? link.Count : 0;

    /// <inheritdoc/>
    public ulong Execute(in SimStep step)
    {
        var link = (SimLink)step.Payload!;
        if (step.Token != link.Schedule)
            return 5;
        link.IsScheduled = false;
        long clogged = _cloggedUntil.GetValueOrDefault((link.FromProcess, link.ToProcess));
        if (clogged > _simulator.NowMicros)
        {
            // What piled up is let go in an order among the links that chance decides, not that of sending.
            ScheduleAt(link, clogged + link.Random.NextInt(ReleaseMicros));
            return 1;
        }

        if (link.Count == 0)
            return 2;
        int index = 0;
        if (Options.BreaksFifo && link.CountMessages(OvertakeMax) is > 1 and int overtaking)
            index = link.Random.NextInt(overtaking);
        else if (link.IndexBehind(IsBulk) is > 0 and int behind && link.Random.NextBool(0.5))
            index = behind;
        Message? message = link.Take(index);
        if (link.Count > 0)
            ScheduleAt(link, Math.Max(_simulator.NowMicros + 1, link.HeadReadyAt));
        return Deliver(link, message);
    }

    internal void Register(SimEnvironment life)
    {
        _lives[life.Self] = life;
        foreach (SimLink link in _links)
        {
            if (link.From == life.Self)
                link.IsBroken = false;
        }
    }

    /// <summary>A life ended or is cut off: what it had sent arrives in part, then its peers are told.</summary>
    internal void Detach(SimEnvironment life)
    {
        if (_lives.GetValueOrDefault(life.Self) != life)
            return;
        _lives.Remove(life.Self);
        for (int i = 0; i < _links.Count; i++)
        {
            SimLink link = _links[i];
            if (link.From == life.Self)
            {
                Break(link);
                link.IsBroken = true;
            }

            if (link.To == life.Self)
            {
                link.Keep(0);
                // Who only ever sent is told too: over a link the other way, which this loop comes to later.
                _ = LinkOf(life.Self, life.Process.Number, link.From, link.FromProcess);
            }
        }
    }

    internal void Send(SimEnvironment from, Peer to, Message message)
    {
        SimLink link = LinkOf(from.Self, from.Process.Number, to);
        if (link.IsBroken)
            return;
        if (!_lives.ContainsKey(to))
        {
            Refuse(from, link);
            return;
        }

        long now = _simulator.NowMicros;
        int delay = Options.LatencyMicros + link.Random.NextInt(Options.JitterMicros + 1);
        if (link.Random.NextBool(Options.SpikeProbability))
            delay += link.Random.NextInt(Options.SpikeMicros);
        if (_slow.Count > 0)
        {
            (long until, int extra) = _slow.GetValueOrDefault((link.FromProcess, link.ToProcess));
            if (until > now)
                delay += extra;
        }

        link.BusyUntil = Math.Max(link.BusyUntil, now) + (SizeOf(message) / Options.BytesPerMicro);
        Enqueue(link, message, link.BusyUntil + delay);
    }

    /// <summary>Whom a life has sent to, in order of the first message.</summary>
    internal List<Peer> PeersOf(SimEnvironment life) =>
        [.. _links.Where(link => link.From == life.Self).Select(link => link.To)];

    /// <summary>Ends every channel between two processes; -1 stands for all others.</summary>
    internal void Reset(int process, int other)
    {
        for (int i = 0; i < _links.Count; i++)
        {
            SimLink link = _links[i];
            if (IsBetween(link, process, other) && _lives.ContainsKey(link.From) && _lives.ContainsKey(link.To))
                Break(link);
        }
    }

    internal void Clog(int from, int to, long untilMicros) => _cloggedUntil[(from, to)] = untilMicros;

    internal void Slow(int from, int to, long untilMicros, int extraMicros) => _slow[(from, to)] = (untilMicros, extraMicros);

    /// <summary>Lets everything pass again. What piled up waits for its step, which finds the way free.</summary>
    internal void Heal()
    {
        _slow.Clear();
        _cloggedUntil.Clear();
        foreach (SimLink link in _links)
        {
            // The step on the schedule may lie at the end of a long partition: this one takes its place.
            if (link.Count > 0)
                ScheduleAt(link, Math.Max(_simulator.NowMicros, link.HeadReadyAt));
        }
    }

    private static bool IsBetween(SimLink link, int process, int other) =>
        (link.FromProcess == process && (other < 0 || link.ToProcess == other))
        || (link.ToProcess == process && (other < 0 || link.FromProcess == other));

    private ulong Deliver(SimLink link, Message? message)
    {
        SimEnvironment? to = _lives.GetValueOrDefault(link.To);
        if (message is null)
        {
            if (_byPeers.TryGetValue((link.To, link.From), out SimLink? reverse))
            {
                // A channel that was begun anew has ended as well, and the news of that is still to come.
                reverse.IsBroken = link.HasNews;
            }

            return to is null ? 3 : to.Take(new RankEvent(RankEventKind.PeerGone, From: link.From));
        }

        Delivered++;
        if (to is null)
            return 4;
        return to.Take(new RankEvent(RankEventKind.Message, From: link.From, Message: message));
    }

    private void Break(SimLink link)
    {
        link.Keep(link.Random.NextInt(link.Count + 1));
        SimLink reverse = LinkOf(link.To, link.ToProcess, link.From, link.FromProcess);
        // The other end cannot send any more either, and does not know until the news arrives there.
        reverse.IsBroken = _lives.ContainsKey(link.To);
        Enqueue(link, null, _simulator.NowMicros + link.Random.NextInt(Options.DetectMicros + 1));
    }

    private void Refuse(SimEnvironment from, SimLink link)
    {
        link.IsBroken = true;
        SimLink reverse = LinkOf(link.To, link.ToProcess, from.Self, from.Process.Number);
        int delay = (2 * Options.LatencyMicros) + reverse.Random.NextInt(Options.JitterMicros + 1);
        Enqueue(reverse, null, _simulator.NowMicros + delay);
    }

    private void Enqueue(SimLink link, Message? message, long readyAt)
    {
        link.Add(message, Math.Max(readyAt, link.LastReadyAt + 1));
        if (!link.IsScheduled)
            ScheduleAt(link, link.HeadReadyAt);
    }

    private void ScheduleAt(SimLink link, long atMicros)
    {
        link.IsScheduled = true;
        link.Schedule++;
        _simulator.Schedule(
            Math.Max(0, atMicros - _simulator.NowMicros), this, new SimStep(StepKind.Link, link.Number, link.Schedule, link));
    }

    private SimLink LinkOf(Peer from, int fromProcess, Peer to, int toProcess = -1)
    {
        if (_byPeers.TryGetValue((from, to), out SimLink? link))
            return link;
        if (toProcess < 0)
            toProcess = _lives.TryGetValue(to, out SimEnvironment? life) ? life.Process.Number : -1;
        ulong seed = TraceHash.Mix(
            _seed ^ (ulong)from.Id ^ ((ulong)from.Kind << 40), (ulong)to.Id ^ ((ulong)to.Kind << 40) ^ (from.Incarnation << 48)
            ^ (to.Incarnation << 56));
        link = new SimLink(_links.Count, from, fromProcess, to, toProcess, seed);
        _links.Add(link);
        _byPeers.Add((from, to), link);
        return link;
    }
}
