// The authority over the cluster map: who is which rank, and which life of it counts.
//
// Shape: an event in, effects out; no clock of its own, no thread, no I/O: a process and a simulation drive the same.
// Ownership: its user calls it from one thread at a time, carries out what it asks of its environment, and answers.
// The way of a rank:   None or Failed -> Starting, given to a process that stood by, with a new incarnation
//                      Starting .. Active, as its process tells; one step forward at a time
//                      silence, or the end of its process -> its journal is fenced -> Failed
//                      ended in order -> Stopped, or cannot be read -> Damaged, until a process asks for that rank
// Invariants: a map is durable before anybody sees it, and its epoch is one more than that of the map before; a life is called
// failed only once its journal is fenced; an incarnation is given once; a process has one rank at most.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Decides who is which rank. Source: migrator specification, 1.15.</summary>
public sealed class MapAuthority
{
    private readonly MapOptions _options;
    private readonly IMapEnvironment _environment;

    /// <summary>By the numbers of the processes, so that equal events give equal maps.</summary>
    private readonly SortedDictionary<ulong, Member> _members = [];

    /// <summary>The process of each rank; 0 where none is known.</summary>
    private readonly ulong[] _processes;

    /// <summary>Ranks whose journal is being fenced.</summary>
    private readonly bool[] _fencing;

    /// <summary>Ranks whose life is taken for over, and is not known to be: their journals could not be fenced yet.</summary>
    private readonly bool[] _over;

    /// <summary>When each rank was heard of.</summary>
    private readonly long[] _heardAt;

    private readonly List<ulong> _silent = [];
    private readonly ClusterRank[] _next;
    private bool _hasChanged;
    private bool _isStoring;

    /// <summary>Begins with the map that was stored last; every rank that it calls up has a whole grace to be heard of.</summary>
    public MapAuthority(MapOptions options, ClusterMap stored, IMapEnvironment environment)
    {
        options.Validate();
        Invariant.That(stored.Ranks.Count <= options.Ranks, "a rank is never taken out of a map");
        (_options, _environment, Map) = (options, environment, stored);
        _processes = new ulong[options.Ranks];
        _fencing = new bool[options.Ranks];
        _over = new bool[options.Ranks];
        _heardAt = new long[options.Ranks];
        _next = new ClusterRank[options.Ranks];
        for (int rank = 0; rank < options.Ranks; rank++)
        {
            _heardAt[rank] = environment.NowMicros;
            _next[rank] = stored[new RankId(rank)];
        }

        _hasChanged = stored.Ranks.Count != options.Ranks;
        StoreNext();
    }

    /// <summary>The map that holds: the newest durable one.</summary>
    public ClusterMap Map { get; private set; }

    /// <summary>Why a rank that has failed is not given to anybody yet: its journal could not be fenced; none where it could.
    /// </summary>
    public IoError FenceError { get; private set; }

    /// <summary>Processes that stand by.</summary>
    public int StandbyCount
    {
        get
        {
            int count = 0;
            foreach (Member member in _members.Values)
                count += member.CanBeRank ? 1 : 0;
            return count;
        }
    }

    /// <summary>A process tells of itself.</summary>
    public void Heard(Beacon beacon)
    {
        long now = _environment.NowMicros;
        Invariant.That(beacon.Process != 0);
        if (!_members.TryGetValue(beacon.Process, out Member? member))
            _members.Add(beacon.Process, member = new Member());
        member.HeardAt = now;
        (member.Address, member.Wants, member.Claims) = (beacon.Address, beacon.Wants, beacon.Rank);
        if (!beacon.Rank.IsNone)
            Told(member, beacon, now);
        else if (!member.Rank.IsNone && beacon.Epoch >= member.GivenIn)
            LetGo(member);
        GiveRanks();
        StoreNext();
        if (beacon.Epoch < Map.Epoch)
            _environment.Send(beacon.Process, Map);
    }

    /// <summary>A process is gone: its channel ended, and it is not coming back by another.</summary>
    public void Gone(ulong process)
    {
        if (_members.Remove(process, out Member? member) && !member.Rank.IsNone)
            Failed(member.Rank);
        StoreNext();
    }

    /// <summary>Time passes; called several times within <see cref="MapOptions.GraceMicros"/>.</summary>
    public void Tick()
    {
        long silentSince = _environment.NowMicros - _options.GraceMicros;
        foreach ((ulong process, Member member) in _members)
        {
            if (member.HeardAt < silentSince)
                _silent.Add(process);
        }

        foreach (ulong process in _silent)
        {
            _members.Remove(process, out Member? member);
            if (!member!.Rank.IsNone)
                Failed(member.Rank);
        }

        _silent.Clear();
        for (int rank = 0; rank < _options.Ranks; rank++)
        {
            if (_over[rank] || (_next[rank].IsUp && _heardAt[rank] < silentSince))
                Failed(new RankId(rank));
        }

        GiveRanks();
        StoreNext();
    }

    /// <summary>The map that was to be stored is durable, or cannot be stored now: it is stored again at the next tick.</summary>
    public void Stored(ClusterMap map, IoError error)
    {
        Invariant.That(_isStoring);
        _isStoring = false;
        if (error.Failed)
        {
            _hasChanged = true;
            return;
        }

        Map = map;
        foreach (ulong process in _members.Keys)
            _environment.Send(process, map);
        StoreNext();
    }

    /// <summary>A rank's journal takes nothing of older lives any more; or could not be reached, and is tried again at the next
    /// tick: until then it is not known that the life has ended.</summary>
    public void Fenced(RankId rank, IoError error)
    {
        Invariant.That(_fencing[rank.Value]);
        _fencing[rank.Value] = false;
        FenceError = error;
        if (error.Failed)
            return;
        ref ClusterRank next = ref _next[rank.Value];
        _over[rank.Value] = false;
        next = next with { State = ClusterRankState.Failed, Incarnation = next.Incarnation + 1, Address = "" };
        _hasChanged = true;
        GiveRanks();
        StoreNext();
    }

    /// <summary>A process says which rank it is: so it is where the map gave it that life.</summary>
    private void Told(Member member, Beacon beacon, long now)
    {
        int rank = beacon.Rank.Value;
        if (rank >= _options.Ranks || _fencing[rank])
            return;
        ref ClusterRank next = ref _next[rank];
        bool isHolder = _processes[rank] == beacon.Process || _processes[rank] == 0;
        if (!isHolder || !next.IsUp || next.Incarnation != beacon.Incarnation || next.Address != beacon.Address)
            return;
        _processes[rank] = beacon.Process;
        member.Rank = beacon.Rank;
        (_heardAt[rank], _over[rank]) = (now, false);
        if (beacon.State is ClusterRankState.Stopped or ClusterRankState.Damaged)
        {
            // Its own word that it writes nothing any more: no journal is to be fenced, and nobody else is to have it.
            next = next with { State = beacon.State };
            (_processes[rank], member.Rank, _hasChanged) = (0, RankId.None, true);
            _members.Remove(beacon.Process);
        }
        else
        {
            ulong targets = _options.TargetsOnDemand ? beacon.Targets : ulong.MaxValue;
            ClusterRankState state = WayOf(beacon.State) > WayOf(next.State) ? beacon.State : next.State;
            _hasChanged |= state != next.State || targets != next.Targets;
            next = next with { State = state, Targets = targets };
        }
    }

    /// <summary>How far a state is on a rank's way: here the copies of others come before the clients, whatever the numbers
    /// say.</summary>
    private static int WayOf(ClusterRankState state) =>
        state == ClusterRankState.Rejoin ? (2 * (int)ClusterRankState.Reconnect) - 1 : 2 * (int)state;

    /// <summary>It has seen the map that gave it a rank, and says that it is none: it has begun anew, or cannot be one.</summary>
    private void LetGo(Member member)
    {
        RankId rank = member.Rank;
        member.Rank = RankId.None;
        Failed(rank);
    }

    /// <summary>The life of a rank is over, as far as anybody can tell: its journal is fenced before it is called so.</summary>
    private void Failed(RankId rank)
    {
        if (!_next[rank.Value].IsUp || _fencing[rank.Value])
            return;
        if (_members.TryGetValue(_processes[rank.Value], out Member? member))
            member.Rank = RankId.None;
        _processes[rank.Value] = 0;
        _fencing[rank.Value] = true;
        _over[rank.Value] = true;
        _environment.Fence(rank, _next[rank.Value].Incarnation + 1);
    }

    /// <summary>Gives ranks without a life to processes that stand by, each a new life.</summary>
    private void GiveRanks()
    {
        for (int rank = 0; rank < _options.Ranks; rank++)
        {
            ref ClusterRank next = ref _next[rank];
            bool isStopped = next.State is ClusterRankState.Stopped or ClusterRankState.Damaged;
            if ((next.State is not (ClusterRankState.None or ClusterRankState.Failed) && !isStopped) || _fencing[rank])
                continue;
            ulong process = FindFor(new RankId(rank), isStopped);
            if (process == 0)
                continue;
            Member member = _members[process];
            member.Rank = new RankId(rank);
            member.GivenIn = Map.Epoch + (_isStoring ? 2UL : 1UL);
            _processes[rank] = process;
            _heardAt[rank] = _environment.NowMicros;
            ulong targets = _options.TargetsOnDemand ? 0 : ulong.MaxValue;
            next = new ClusterRank(ClusterRankState.Starting, next.Incarnation + 1, member.Address, targets);
            _hasChanged = true;
        }
    }

    /// <summary>Who is to have a rank: who can be no other one, before who takes any; 0 where there is nobody. A rank that was
    /// ended in order, or is damaged, goes to who asks for it alone.</summary>
    private ulong FindFor(RankId rank, bool isStopped)
    {
        ulong any = 0;
        foreach ((ulong process, Member member) in _members)
        {
            if (!member.CanBeRank || IsRankAt(member.Address))
                continue;
            if (member.Wants == rank)
                return process;
            if (member.Wants.IsNone && any == 0 && !isStopped)
                any = process;
        }

        return any;
    }

    /// <summary>Is a rank called up at the address? While its journal cannot be fenced, a process that begins anew there gets
    /// none.</summary>
    private bool IsRankAt(string address)
    {
        foreach (ClusterRank rank in _next)
        {
            if (rank.IsUp && rank.Address == address)
                return true;
        }

        return false;
    }

    /// <summary>Has what changed made durable; one map at a time.</summary>
    private void StoreNext()
    {
        if (!_hasChanged || _isStoring)
            return;
        (_hasChanged, _isStoring) = (false, true);
        _environment.Store(new ClusterMap(Map.Epoch + 1, [.. _next]));
    }

    /// <summary>A process that was heard of.</summary>
    private sealed class Member
    {
        public string Address { get; set; } = "";

        public long HeardAt { get; set; }

        /// <summary>The only rank that it can have; none where it takes any.</summary>
        public RankId Wants { get; set; }

        /// <summary>The rank that it says it is; rightly or not, it is ready for no other.</summary>
        public RankId Claims { get; set; }

        /// <summary>The rank that it has, or is given in the next map.</summary>
        public RankId Rank { get; set; } = RankId.None;

        /// <summary>The map that gives it that.</summary>
        public ulong GivenIn { get; set; }

        /// <summary>Has it an address, and no rank, nor says that it has? A client has none, and is told of maps alone.</summary>
        public bool CanBeRank => Rank.IsNone && Claims.IsNone && Address.Length > 0;
    }
}
