namespace Engine.Metadata;

/// <content>
/// For how long capabilities hold: for a time from when the last renewal was sent that the rank answered, since the rank counts
/// from when it came. Who is not heard may not wait to be told so: others may have what it had, and if the rank restarts before
/// it could tell, the client would claim that back. Source: migrator specification, 1.11; <see cref="SessionRenewed"/>.
/// </content>
public sealed partial class ClientProtocol<T>
{
    /// <summary>Renewals without an answer that are remembered: an answer to one before them gives nothing any more.</summary>
    private const int RenewalsMax = 16;

    private readonly Queue<(ulong Seq, long AtMicros)> _renewals = new();
    private ulong _lastRenewal;
    private long _openedAtMicros;
    private long _heldSinceMicros;
    private bool _hasLapsed;

    /// <summary>The user's time, which only grows; set before a call.</summary>
    public long NowMicros { get; set; }

    /// <summary>How long capabilities hold after a renewal: no longer than the rank waits for one. Without end where rank and
    /// client end together.</summary>
    public long LeaseMicros { get; init; } = long.MaxValue;

    /// <summary>Says that the client lives; to be called a few times in the time after which the rank forgets it.</summary>
    public void Renew()
    {
        EndLeaseIfDue();
        if (!IsOpen || !_hasChannel)
            return;
        if (_renewals.Count == RenewalsMax)
            _renewals.Dequeue();
        _renewals.Enqueue((++_lastRenewal, NowMicros));
        Out.Add(new SessionRenew(_lastRenewal));
    }

    private void BeginLease(long sinceMicros)
    {
        _renewals.Clear();
        _heldSinceMicros = sinceMicros;
        _hasLapsed = false;
    }

    private void Renewed(ulong seq)
    {
        while (_renewals.TryPeek(out (ulong Seq, long AtMicros) first) && first.Seq <= seq)
        {
            _renewals.Dequeue();
            _heldSinceMicros = Math.Max(_heldSinceMicros, first.AtMicros);
        }

        if (!_hasLapsed || NowMicros - _heldSinceMicros >= LeaseMicros)
            return;
        // The rank may not know that it was late: it is told what the client has left, and gives what it wants.
        _hasLapsed = false;
        foreach (ClientCap cap in _caps.Values)
            Out.Add(UpdateOf(cap, flushes: false));
    }

    private void EndLeaseIfDue()
    {
        // What other ranks told of before there is a session cannot be used yet.
        if (!IsOpen || NowMicros - _heldSinceMicros < LeaseMicros)
            return;
        _hasLapsed = true;
        LoseBits();
    }
}
