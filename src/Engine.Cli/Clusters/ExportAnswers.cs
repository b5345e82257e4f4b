// Migrations of a rank, for operators. Everything but the waiting runs on the rank's thread, between its steps.
using System.Text.Json.Nodes;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What is on its way, waits, or is over. Source: migrator specification, 7.6.</summary>
/// <param name="migrator">The rank's.</param>
internal sealed class ExportAnswers(Migrator migrator)
{
    /// <summary>Who waits for the end of one asks anew after this.</summary>
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(4);

    private readonly object _ended = new();
    private long _ends;

    /// <summary>A migration of the rank is over. The rank's thread.</summary>
    public void NoteEnd()
    {
        lock (_ended)
        {
            _ends++;
            Monitor.PulseAll(_ended);
        }
    }

    /// <summary>What is under way.</summary>
    public JsonArray Live(Rank rank) =>
        [.. migrator.Live().Select(each => (JsonNode?)new JsonObject
        {
            ["id"] = each.Id.ToString(), ["side"] = each.Side.ToString(), ["path"] = PathOf(rank, each.Base),
            ["dirfrag"] = each.Base.ToString(), ["state"] = each.State, ["waits for"] = migrator.WaitsFor(each.Id),
        })];

    /// <summary>What is over.</summary>
    public JsonArray History(Rank rank) =>
        [.. migrator.History.Reports.Select(each => (JsonNode?)new JsonObject
        {
            ["id"] = each.Id.ToString(), ["side"] = each.Side.ToString(), ["path"] = each.Path,
            ["peer"] = each.Peer.Value, ["state"] = StateOf(each), ["refusal"] = each.Refusal.ToString(),
            ["inodes"] = each.Inodes, ["bytes"] = each.Bytes, ["frozen ms"] = each.FrozenMicros / 1000.0,
            ["ago s"] = Math.Round((rank.Services.NowMicros - each.EndedAtMicros) / 1e6, 1),
        })];

    /// <summary>What waits for its turn.</summary>
    public JsonArray Queue(Rank rank) =>
        [.. migrator.Waiting.Select(each => (JsonNode?)new JsonObject
            { ["path"] = PathOf(rank, each.Dir), ["dirfrag"] = each.Dir.ToString(), ["to"] = each.To.Value })];

    /// <summary>Stops the queue, or lets it go on.</summary>
    public JsonObject Pause(Rank rank, bool isPaused)
    {
        migrator.Pause(isPaused);
        return new JsonObject { ["paused"] = isPaused, ["queue"] = Queue(rank) };
    }

    /// <summary>Answers once it is over, or after a while with how it is then, to be asked anew.</summary>
    public JsonObject WaitFor(RankQuestion question, MigrationId id)
    {
        long until = Environment.TickCount64 + (long)s_round.TotalMilliseconds;
        while (true)
        {
            long seen = Volatile.Read(ref _ends);
            JsonObject answer = question.On(_ => ShowLast(id));
            long left = until - Environment.TickCount64;
            if (answer["phases"] is not null || left <= 0)
                return answer;
            lock (_ended)
            {
                if (_ends == seen)
                    Monitor.Wait(_ended, TimeSpan.FromMilliseconds(left));
            }
        }
    }

    /// <summary>One of them.</summary>
    public JsonObject Show(MigrationId id)
    {
        foreach ((MigrationId each, DirFrag name, MigrationSide side, string state) in migrator.Live())
        {
            if (each == id)
                return new JsonObject
                {
                    ["id"] = id.ToString(), ["side"] = side.ToString(), ["dirfrag"] = name.ToString(), ["state"] = state,
                    ["waits for"] = migrator.WaitsFor(id),
                };
        }

        MigrationReport report = migrator.History.Reports.LastOrDefault(each => each.Id == id) ?? throw new CliException(
            ExitCode.Failure, $"{id}: no such migration here; export list --history shows the last ones");
        long previous = report.Phases.Count > 0 ? report.Phases[0].AtMicros : report.EndedAtMicros;
        var phases = new JsonArray();
        for (int i = 0; i < report.Phases.Count; i++)
        {
            long next = i + 1 < report.Phases.Count ? report.Phases[i + 1].AtMicros : report.EndedAtMicros;
            phases.Add(new JsonObject
                { ["phase"] = report.Phases[i].Name, ["ms"] = (next - report.Phases[i].AtMicros) / 1000.0 });
        }

        return new JsonObject
        {
            ["id"] = id.ToString(), ["side"] = report.Side.ToString(), ["state"] = StateOf(report), ["path"] = report.Path,
            ["dirfrag"] = report.Base.ToString(), ["peer"] = report.Peer.Value, ["refusal"] = report.Refusal.ToString(),
            ["inodes"] = report.Inodes, ["bytes"] = report.Bytes, ["frozen ms"] = report.FrozenMicros / 1000.0,
            ["ms"] = (report.EndedAtMicros - previous) / 1000.0, ["phases"] = phases,
        };
    }

    /// <summary>Ends one.</summary>
    public JsonObject Cancel(MigrationId id) => migrator.TryCancel(id) ? new JsonObject { ["cancelled"] = id.ToString() }
        : throw new CliException(ExitCode.Failure, $"{id}: there is no such export here, or it is decided already");

    /// <summary>Has a directory given to a rank, all parts of it that this one has.</summary>
    public JsonObject Export(Rank rank, string path, Ino directory, RankId to)
    {
        MigrationRefusal refusal = migrator.Export(directory, to, out DirFrag first);
        if (refusal != MigrationRefusal.None)
        {
            string why = refusal == MigrationRefusal.NoSuchRank ? RefusalText.OfRank(rank, to) : RefusalText.Of(refusal);
            throw new CliException(ExitCode.Failure, $"export dir: {path}: {refusal}: {why}");
        }

        string id = migrator.Live().LastOrDefault(each => each.Base == first).Id is { Number: > 0 } started
            ? started.ToString() : "queued";
        return new JsonObject { ["id"] = id, ["dirfrag"] = first.ToString(), ["to"] = to.Value };
    }

    /// <summary>The same; of one that goes in parts, or is one, how all of it ended.</summary>
    private JsonObject ShowLast(MigrationId id)
    {
        if (migrator.BaseOf(id) is not { } name)
            return Show(id);
        if (migrator.GoesInParts(name))
            return new JsonObject { ["id"] = id.ToString(), ["state"] = "goes in parts" };
        if (migrator.OutcomeOf(name) is not { } refusal)
            return Show(id);
        return new JsonObject
        {
            ["id"] = id.ToString(), ["state"] = refusal == MigrationRefusal.None ? "done, in parts" : "some parts stay",
            ["dirfrag"] = name.ToString(), ["refusal"] = refusal.ToString(), ["phases"] = new JsonArray(),
        };
    }

    private static string StateOf(MigrationReport report) => report.Refusal switch
    {
        MigrationRefusal.None => "done",
        MigrationRefusal.InParts => "goes in parts",
        _ => "came to nothing",
    };

    private static string? PathOf(Rank rank, DirFrag name) =>
        rank.Cache.FindDir(name) is { } dir ? rank.Cache.PathOf(dir.Inode) : null;
}
