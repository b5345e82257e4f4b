// How a rank is, for operators. Everything here runs on the rank's thread, between its steps.
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Engine.Buffers;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What a rank is and does, and what is wrong. Source: migrator specification, 7.6.</summary>
/// <param name="migrator">The rank's.</param>
/// <param name="times">Since when other ranks have been what they are.</param>
internal sealed class StatusAnswers(Migrator migrator, MapTimes times)
{
    /// <summary>Most requests that are warned of.</summary>
    private const int StandingShown = 8;

    /// <summary>The rank, the map, and what is wrong.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="lostMap">Where the map is, if nobody answers there.</param>
    public JsonObject Status(Rank rank, IPEndPoint? lostMap)
    {
        RankStatus status = rank.Status;
        var ranks = new JsonArray();
        for (int i = 0; i < rank.Map.Ranks.Count; i++)
        {
            ClusterRank known = rank.Map.Ranks[i];
            ranks.Add(new JsonObject
            {
                ["rank"] = i, ["state"] = known.State.ToString(), ["life"] = known.Incarnation, ["address"] = known.Address,
            });
        }

        return new JsonObject
        {
            ["rank"] = rank.Services.Me.Value, ["life"] = rank.Services.Options.Incarnation,
            ["state"] = status.State.ToString(), ["waits for"] = rank.Awaits, ["problem"] = status.Problem,
            ["leaves after"] = migrator.LeavingWaitsFor, ["store"] = NameOf(status.StoreError),
            ["journal"] = NameOf(status.JournalError), ["epoch"] = rank.Map.Epoch, ["inodes"] = rank.Cache.InodeCount,
            ["subtrees"] = rank.Cache.Subtrees.Count, ["sessions"] = rank.Sessions.Sessions.Count(static each => each.IsLive),
            ["last event"] = rank.LastSeq, ["durable event"] = rank.DurableSeq, ["ranks"] = ranks,
            ["warnings"] = new JsonArray([.. Warnings(rank, lostMap).Select(static each =>
                (JsonNode?)new JsonObject { ["warning"] = each })]),
        };
    }

    /// <summary>The subtrees that the rank knows.</summary>
    public static JsonObject Subtrees(Rank rank)
    {
        var roots = new JsonArray();
        foreach (Dir root in rank.Cache.Subtrees.Roots())
        {
            List<Dir> bounds = [];
            rank.Cache.Subtrees.AddBounds(root, bounds);
            roots.Add(new JsonObject
            {
                ["path"] = rank.Cache.PathOf(root.Inode), ["dirfrag"] = root.Name.ToString(),
                ["authority"] = root.DirAuth.ToString(), ["bounds"] = bounds.Count, ["names"] = root.Count,
                ["state"] = root.State == DirState.None ? null : root.State.ToString(),
            });
        }

        return new JsonObject { ["subtrees"] = roots };
    }

    /// <summary>Requests under way, each with what it waits for, and with the migration that keeps it waiting.</summary>
    public JsonObject Operations(Rank rank, int slowerMs)
    {
        var operations = new JsonArray();
        long now = rank.Services.NowMicros;
        foreach (OperationInfo each in rank.OperationsBefore(now - (slowerMs * 1000L)))
        {
            double ms = (now - each.BeganMicros) / 1000.0;
            MigrationId migration = each.Region is { } region
                ? migrator.Live().FirstOrDefault(live => live.Base == region).Id : default;
            operations.Add(new JsonObject
            {
                ["client"] = each.Client.Value, ["request"] = each.Tid, ["op"] = each.Op.ToString(), ["path"] = each.Path,
                ["ms"] = Math.Round(ms, 1), ["waits for"] = each.Awaits, ["at"] = each.At.Length > 0 ? each.At : null,
                ["migration"] = migration.Number > 0 ? migration.ToString() : null,
            });
        }

        return new JsonObject { ["operations"] = operations };
    }

    /// <summary>Clients that have sessions.</summary>
    public static JsonObject Sessions(Rank rank) => new()
    {
        ["sessions"] = new JsonArray([.. rank.Sessions.Sessions.Select(each => (JsonNode?)new JsonObject
        {
            ["client"] = each.Client.Value, ["name"] = each.Address, ["state"] = each.State.ToString(),
            ["must come back"] = each.IsReconnecting, ["imports"] = each.ImportingCount, ["unacknowledged"] = each.CompletedCount,
            ["silent s"] = Math.Round((rank.Services.NowMicros - each.RenewedAtMicros) / 1e6, 1),
        })]),
    };

    /// <summary>What does not hold in the rank.</summary>
    public static JsonObject Check(Rank rank, bool isAtRest)
    {
        List<string> found = [.. rank.Audit(level: 3), .. isAtRest ? rank.AuditAtRest() : []];
        return new JsonObject
        {
            ["violations"] = new JsonArray([.. found.Select(static each => (JsonNode?)new JsonObject { ["violation"] = each })]),
            ["clean"] = found.Count == 0,
        };
    }

    /// <summary>Pinned directories.</summary>
    public JsonObject Pins(Rank rank)
    {
        HashSet<DirFrag> unfollowed = [.. migrator.UnfollowedPins.Select(static each => each.Dir)];
        var pins = new JsonArray();
        foreach (DirFrag name in migrator.Pinned)
        {
            if (rank.Cache.FindDir(name) is not { } dir)
                continue;
            int to = rank.Cache.Inode(dir.Inode).ExportPin;
            string state = to == rank.Services.Me.Value ? "here" : unfollowed.Contains(name) ? WhyNot(rank, new RankId(to))
                : dir.Has(DirState.Exporting) ? "on its way" : "waits for its turn";
            pins.Add(new JsonObject
            {
                ["path"] = rank.Cache.PathOf(dir.Inode), ["dirfrag"] = name.ToString(), ["to"] = to, ["state"] = state,
            });
        }

        return new JsonObject { ["pins"] = pins };
    }

    private static string WhyNot(Rank rank, RankId to) => to.Value >= rank.Map.Ranks.Count
        ? $"the cluster has ranks 0 to {rank.Map.Ranks.Count - 1}"
        : $"{to} cannot have it now: it is {rank.Map[to].State}";

    private static JsonNode? NameOf(IoError error) => error.Failed ? error.Name : null;

    private IEnumerable<string> Warnings(Rank rank, IPEndPoint? lostMap)
    {
        long now = rank.Services.NowMicros;
        if (lostMap is not null)
            yield return $"no map answers at {lostMap}: what is shown of ranks is old, and this one may be another's by now; "
                + "start engine map serve on this store there";
        foreach (string each in times.Warnings(rank.Map).Concat(rank.Warnings()).Concat(migrator.Warnings(now)))
            yield return each;
        foreach ((DirFrag name, RankId to) in migrator.UnfollowedPins)
        {
            if (rank.Cache.FindDir(name) is { } dir)
                yield return $"the pin of {rank.Cache.PathOf(dir.Inode)} to {to} cannot be followed: {WhyNot(rank, to)}";
        }

        if (rank.StoreError.Failed)
            yield return $"the store: {rank.StoreError.Name}: what was changed is safe in the journal, and grows there";
        if (rank.JournalError.Failed)
            yield return $"the journal: {rank.JournalError.Name}: changes wait";
        if (migrator.IsPaused && migrator.Waiting.Any())
            yield return Text($"{migrator.Waiting.Count()} exports wait until export resume");
        IReadOnlyList<OperationInfo> standing = rank.OperationsBefore(now - Rank.StandsMicros);
        foreach (OperationInfo each in standing.Take(StandingShown))
        {
            long seconds = (now - each.BeganMicros) / 1_000_000;
            yield return Text($"{each.Op} {each.Path} of {each.Client} stands since {seconds} s: waits for {each.Awaits}");
        }

        if (standing.Count > StandingShown)
            yield return Text($"{standing.Count - StandingShown} more requests stand as long: engine mig ops shows them");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
