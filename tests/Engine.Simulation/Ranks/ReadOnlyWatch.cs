namespace Engine.Simulation;

/// <summary>Counts what goes on under a store that is read-only, so that a test can say that it did.</summary>
internal sealed class ReadOnlyWatch
{
    /// <summary>Mark of a run: changes that were refused with EROFS.</summary>
    public const string ChangesRefused = "changes refused with EROFS";

    /// <summary>Mark of a run: flushes of clients that were taken while the store was read-only.</summary>
    public const string FlushesTaken = "flushes taken under a read-only store";

    /// <summary>Mark of a run: stores that turned read-only while a directory was being divided.</summary>
    public const string DivisionsMet = "stores that turned read-only in a division";

    /// <summary>Mark of a run: lives of the rank that ended while the store was read-only.</summary>
    public const string LivesEnded = "lives that ended under a read-only store";

    /// <summary>Mark of a run: those of them that were dividing a directory.</summary>
    public const string DivisionsCut = "divisions cut under a read-only store";

    private bool _wasReadOnly;
    private ulong _living;
    private bool _isDividing;

    /// <summary>A flush was answered.</summary>
    public void NoteFlush(SimWorld world, SimProcess server, bool isTaken)
    {
        if (isTaken && server.Disk!.IsReadOnly)
            world.Count(FlushesTaken);
    }

    /// <summary>Looks at what has changed; to be called after every step and fault.</summary>
    public void Check(SimWorld world, SimProcess server)
    {
        bool isReadOnly = server.Disk!.IsReadOnly;
        ulong living = server.Life?.Incarnation ?? 0;
        if (isReadOnly && _living != 0 && living != _living)
        {
            world.Count(LivesEnded);
            if (_isDividing)
                world.Count(DivisionsCut);
        }

        _living = living;
        _isDividing = server.Life?.Actor is RankActor { Rank.FragmentationsUnderWay: > 0 };
        if (isReadOnly && !_wasReadOnly && _isDividing)
            world.Count(DivisionsMet);
        _wasReadOnly = isReadOnly;
    }
}
