namespace Engine.Metadata;

/// <summary>The locks of one request over its attempts: what an attempt finds that it needs is taken, and kept while the request
/// waits for the rest; an attempt that needs others gives all back first.</summary>
internal sealed class RequestLocks(LockTable table)
{
    private readonly LockSet _set = new(table.Machine, table);
    private readonly List<(LockObject On, LockKind Kind, LockMode Mode)> _wanted = [];

    /// <summary>What is waited for.</summary>
    public LockBlock BlockedOn => _set.BlockedOn;

    /// <summary>Takes what is wanted.</summary>
    /// <param name="operation">A number that no other operation has.</param>
    /// <param name="client">For whom.</param>
    /// <param name="wanted">The locks, in the order in which the attempt came upon them.</param>
    public LockOutcome Take(
        ulong operation, ClientId client, List<(LockObject On, LockKind Kind, LockMode Mode)> wanted)
    {
        if (!IsSame(wanted))
        {
            Release();
            _wanted.AddRange(wanted);
            table.NoteHeld(this, holds: true);
            _set.Reset(operation, client);
            foreach ((LockObject on, LockKind kind, LockMode mode) in wanted)
                _set.Add(on, kind, mode);
        }

        return _set.IsAcquired ? LockOutcome.Acquired : _set.Acquire(LockPatience.Wait);
    }

    /// <summary>Gives everything back.</summary>
    public void Release()
    {
        if (_wanted.Count == 0)
            return;
        table.NoteHeld(this, holds: false);
        _set.Release();
        _wanted.Clear();
    }

    private bool IsSame(List<(LockObject On, LockKind Kind, LockMode Mode)> wanted)
    {
        if (wanted.Count != _wanted.Count)
            return false;
        for (int i = 0; i < wanted.Count; i++)
        {
            if (wanted[i] != _wanted[i])
                return false;
        }

        return true;
    }
}
