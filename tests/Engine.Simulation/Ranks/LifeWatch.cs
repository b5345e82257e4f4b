namespace Engine.Simulation;

/// <summary>A2 of one rank: two lives of it never both act as authority. What makes a life one that acts is that it writes into
/// the journal, or changes objects, so only the newest life does.</summary>
internal sealed class LifeWatch
{
    private long _seen;

    /// <summary>Looks at what was appended since the last time; to be called after every step.</summary>
    public void Check(SimWorld world, SimProcess server)
    {
        if (world.Store.Superseded is { } change)
            world.Report("A2", change);
        SimLogFile journal = server.LogFile!;
        if (journal.End == _seen)
            return;
        // A crash cuts the journal's end.
        for (int at = journal.FirstAt(Math.Min(_seen, journal.End)); journal.TryGet(at, out SimLogFile.Record record); at++)
        {
            if (record.Incarnation < server.Incarnation)
                world.Report("A2", $"life {record.Incarnation} wrote at {record.Position}, and {server.Incarnation} lives");
        }

        _seen = journal.End;
    }
}
