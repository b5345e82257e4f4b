namespace Engine.Metadata;

/// <content>What those who run it should know of.</content>
public sealed partial class Rank
{
    /// <summary>Microseconds; what stands for longer is warned of.</summary>
    public const long StandsMicros = 10_000_000;

    /// <summary>What is wrong with the journal and with clients' sessions, a line each: what, since when, what comes of it.
    /// Between steps only. Source: migrator specification, 7.6.</summary>
    public IEnumerable<string> Warnings()
    {
        long now = _environment.NowMicros;
        if (_journal.IsBehind)
            yield return $"the journal is behind: {_journal.SegmentCount} segments are kept, and changes wait until what the "
                + "oldest of them changed is written into the store";
        if (_journal.FlushingMicros >= StandsMicros)
            yield return $"the journal is not durable behind event {DurableSeq}: its log has not answered for "
                + $"{Seconds(_journal.FlushingMicros)} s";
        foreach (Session session in Sessions.Sessions)
        {
            long silent = now - session.RenewedAtMicros;
            string who = session.Address.Length > 0 ? $"{session.Client} ({session.Address})" : session.Client.ToString();
            if (session.State == SessionState.Stale)
                yield return $"{who} was not heard of for {Seconds(silent)} s: who wants what it holds gets that, and its "
                    + $"session ends after {Seconds(_options.SessionAutocloseMicros)} s";
            else if (session.IsReconnecting && State == RankState.Active && silent >= StandsMicros)
                yield return $"{who} has not come back for {Seconds(silent)} s: who wants what it holds waits";
        }
    }

    private static long Seconds(long micros) => micros / 1_000_000;
}
