// A client's session: how it stands, what it was told, which of its requests were done.
//
// Ownership: the session table's; nobody else changes it. Invariants: completed requests are in order of number, none is below
// AcknowledgedBelow, and there are at most CompletedMax.

using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Metadata;

/// <summary>A client's session with a rank. Changed by <see cref="SessionTable"/> only. Source: migrator specification,
/// 1.11.</summary>
public sealed class Session
{
    /// <summary>Longest address, in bytes of UTF-8.</summary>
    public const int AddressBytesMax = 255;

    /// <summary>Most completed requests that a client may leave unacknowledged; it gets no further answers until it
    /// does.</summary>
    public const int CompletedMax = 4096;

    /// <summary>In order of number; those before <see cref="_completedFirst"/> are acknowledged.</summary>
    private readonly List<CompletedRequest> _completed = [];

    private int _completedFirst;
    private readonly List<(ulong CapPushSeq, ulong Token)> _flushes = [];

    internal Session(ClientId client, string address)
    {
        Client = client;
        Address = address;
    }

    /// <summary>Whose session.</summary>
    public ClientId Client { get; }

    /// <summary>Where the client is reached.</summary>
    public string Address
    {
        get;
        internal set
        {
            field = value;
            AddressBytes = Encoding.UTF8.GetByteCount(value);
        }
    }

    /// <summary>Bytes of the address.</summary>
    public int AddressBytes { get; private set; }

    /// <summary>The state.</summary>
    public SessionState State { get; private set; }

    /// <summary>Counts the changes of <see cref="State"/>.</summary>
    public ulong StateSeq { get; private set; }

    /// <summary>Imports that count on the session; it is neither closed nor evicted meanwhile.</summary>
    public int ImportingCount { get; internal set; }

    /// <summary>Messages about capabilities sent to the client.</summary>
    public ulong CapPushSeq { get; internal set; }

    /// <summary>When the client was last heard of.</summary>
    public long RenewedAtMicros { get; internal set; }

    /// <summary>The rank restarted or the channel ended, and the client has not said yet what it holds: it is told nothing of its
    /// capabilities, and asks for nothing.</summary>
    public bool IsReconnecting { get; internal set; }

    /// <summary>Counts the sessions that the client had here one after the other; of use to what began in one of them.</summary>
    public ulong Life { get; internal set; } = 1;

    /// <summary>Counts the ends of the client's channels: what was asked before one of them is asked again behind it, or by
    /// nobody.</summary>
    public ulong ChannelsEnded { get; internal set; }

    /// <summary>The last flush of the client that the journal has; a client numbers its flushes, and sends them in that
    /// order.</summary>
    public ulong FlushedTid { get; internal set; }

    /// <summary>Does the client take part: may it have capabilities and send requests?</summary>
    public bool IsLive => State is SessionState.Opening or SessionState.Open or SessionState.Stale;

    /// <summary>Requests that were executed and not acknowledged.</summary>
    public int CompletedCount => _completed.Count - _completedFirst;

    /// <summary>Requests below this number were acknowledged.</summary>
    public ulong AcknowledgedBelow { get; internal set; }

    /// <summary>First of the client's capabilities; 0 for none.</summary>
    internal int FirstCap { get; set; }

    /// <summary>Executed requests in order of number.</summary>
    internal ReadOnlySpan<CompletedRequest> Completed => CollectionsMarshal.AsSpan(_completed)[_completedFirst..];

    /// <summary>Flushes that the client has not answered.</summary>
    internal ReadOnlySpan<(ulong CapPushSeq, ulong Token)> Flushes => CollectionsMarshal.AsSpan(_flushes);

    /// <summary>Was the request executed? Then <paramref name="made"/> is the inode that it made.</summary>
    public bool TryGetCompleted(ulong tid, out Ino made)
    {
        int at = IndexFrom(tid);
        bool found = at < _completed.Count && _completed[at].Tid == tid;
        made = found ? _completed[at].Made : default;
        return found;
    }

    internal bool TryComplete(CompletedRequest request)
    {
        int at = IndexFrom(request.Tid);
        if (CompletedCount >= CompletedMax || request.Tid < AcknowledgedBelow
            || (at < _completed.Count && _completed[at].Tid == request.Tid))
            return false;
        _completed.Insert(at, request);
        return true;
    }

    /// <summary>The client has the answers of all requests below a number.</summary>
    internal void Acknowledge(ulong below)
    {
        AcknowledgedBelow = Math.Max(AcknowledgedBelow, below);
        _completedFirst = IndexFrom(AcknowledgedBelow);
        // The list is moved when half of it is free: a request costs a step or two of that.
        if (2 * _completedFirst < _completed.Count)
            return;
        _completed.RemoveRange(0, _completedFirst);
        _completedFirst = 0;
    }

    internal void Enter(SessionState state)
    {
        State = state;
        StateSeq++;
    }

    internal void ForgetRequests()
    {
        _completed.Clear();
        _completedFirst = 0;
        AcknowledgedBelow = 0;
        FlushedTid = 0;
    }

    internal void AddFlush(ulong token) => _flushes.Add((CapPushSeq, token));

    internal void RemoveFlush(int index) => _flushes.RemoveAt(index);

    /// <summary>Index of the first request with this number or a greater one.</summary>
    private int IndexFrom(ulong tid)
    {
        int low = _completedFirst;
        int high = _completed.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_completed[middle].Tid < tid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
