// What a rank's process says to operators, as JSON: arrays of like objects are shown as tables, other members as lines.
//
// Everything that reads or changes the rank is done on its thread, within one of its steps; what may have to wait for other
// ranks is asked as a client of the cluster first, so that it is in memory by then.

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>Answers to operators. Source: migrator specification, 7.6.</summary>
/// <param name="migrator">The rank's.</param>
/// <param name="metrics">What is measured of it.</param>
/// <param name="map">Where the cluster map is.</param>
internal sealed class RankAnswers(Migrator migrator, RankMetrics metrics, IPEndPoint map)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

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

    /// <summary>The answer to a verb.</summary>
    /// <exception cref="CliException">It cannot be answered; says why.</exception>
    public JsonObject To(RankHost host, string verb, string[] arguments) => (verb, arguments.Length) switch
    {
        ("status", 0) => On(host, Status),
        ("subtrees", 0) => On(host, Subtrees),
        ("metrics", 0) => On(host, _ => metrics.Read()),
        ("ops", 1) => On(host, rank => Operations(rank, arguments[0])),
        ("sessions", 0) => On(host, Sessions),
        ("check", 0) => On(host, static rank => Check(rank, isAtRest: false)),
        ("check", 1) => On(host, static rank => Check(rank, isAtRest: true)),
        ("export list", 0) => On(host, _ => new JsonObject { ["exports"] = Live() }),
        ("export list", 1) => On(host, rank => new JsonObject { ["exports"] = Live(), ["history"] = History(rank) }),
        ("export queue", 0) => On(host, _ => new JsonObject { ["paused"] = migrator.IsPaused, ["queue"] = Queue() }),
        ("export queue", 1) => On(host, _ => new JsonObject { ["forgotten"] = migrator.ClearQueue() }),
        ("export show", 1) => On(host, _ => Show(IdOf(arguments[0]))),
        ("export pause", 0) => On(host, _ => Pause(isPaused: true)),
        ("export resume", 0) => On(host, _ => Pause(isPaused: false)),
        ("export wait", 1) => WaitFor(host, IdOf(arguments[0])),
        ("export cancel", 1) => On(host, _ => Cancel(IdOf(arguments[0]))),
        ("export dir", 2) => Export(host, arguments[0], RankOf(arguments[1])),
        ("config get", 0) => On(host, _ => ConfigAnswers.All(migrator)),
        ("config get", 1) => On(host, _ => ConfigAnswers.One(migrator, arguments[0])),
        ("config set", 2) => On(host, _ => ConfigAnswers.Set(migrator, arguments[0], arguments[1])),
        ("thrash", 1) => On(host, _ => Thrash(arguments[0])),
        ("stop", 0) => On(host, _ => Leave()),
        ("pins", 0) => On(host, Pins),
        ("pin", 2) => Pin(arguments[0], arguments[1]),
        ("inject kill", 1) => On(host, _ => Kill(arguments[0])),
        _ => throw new CliException(ExitCode.Usage, $"{verb}: unknown to this rank, or with other arguments"),
    };

    private static JsonObject On(RankHost host, Func<Rank, JsonObject> question)
    {
        JsonObject? answer = null;
        CliException? refusal = null;
        using var isThere = new ManualResetEventSlim();
        bool isRank = host.TryAsk(rank =>
        {
            try
            {
                answer = question(rank);
            }
            catch (CliException problem)
            {
                refusal = problem;
            }

            isThere.Set();
        });
        if (!isRank)
            throw new CliException(ExitCode.Failure, "this process stands by: it is no rank yet");
        if (!isThere.Wait(s_patience))
            throw new CliException(ExitCode.Failure, "the rank's thread does not answer; it is busy, or has ended");
        return refusal is null ? answer! : throw refusal;
    }

    private JsonObject Status(Rank rank)
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
            ["state"] = status.State.ToString(), ["problem"] = status.Problem, ["leaves after"] = migrator.LeavingWaitsFor,
            ["store"] = NameOf(status.StoreError),
            ["journal"] = NameOf(status.JournalError), ["epoch"] = rank.Map.Epoch, ["inodes"] = rank.Cache.InodeCount,
            ["subtrees"] = rank.Cache.Subtrees.Count, ["sessions"] = rank.Sessions.Sessions.Count(static each => each.IsLive),
            ["last event"] = rank.LastSeq, ["durable event"] = rank.DurableSeq, ["ranks"] = ranks,
            ["warnings"] = new JsonArray([.. migrator.Warnings(rank.Services.NowMicros).Select(static each =>
                (JsonNode?)new JsonObject { ["warning"] = each })]),
        };
    }

    private static JsonNode? NameOf(IoError error) => error.Failed ? error.Name : null;

    private static JsonObject Subtrees(Rank rank)
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
                ["state"] = root.State.ToString(),
            });
        }

        return new JsonObject { ["subtrees"] = roots };
    }

    /// <summary>Requests under way, each with what it waits for, and with the migration that keeps it waiting.</summary>
    private JsonObject Operations(Rank rank, string slowerMs)
    {
        if (!int.TryParse(slowerMs, NumberStyles.None, CultureInfo.InvariantCulture, out int slower))
            throw new CliException(ExitCode.Usage, $"ops: {slowerMs}: a number of milliseconds");
        var operations = new JsonArray();
        foreach (OperationInfo each in rank.Operations)
        {
            double ms = (rank.Services.NowMicros - each.BeganMicros) / 1000.0;
            if (ms < slower)
                continue;
            MigrationId migration = each.Region is { } region
                ? migrator.Live().FirstOrDefault(live => live.Base == region).Id : default;
            operations.Add(new JsonObject
            {
                ["client"] = each.Client.Value, ["request"] = each.Tid, ["op"] = each.Op.ToString(), ["path"] = each.Path,
                ["ms"] = Math.Round(ms, 1), ["waits for"] = Text(each.WaitsFor), ["at"] = each.At,
                ["migration"] = migration.Number > 0 ? migration.ToString() : null,
            });
        }

        return new JsonObject { ["operations"] = operations };
    }

    private static string? Text(WaitMask mask) =>
        mask == WaitMask.None ? null : mask < WaitMask.LockFirst ? mask.ToString() : "Lock";

    private static JsonObject Sessions(Rank rank) => new()
    {
        ["sessions"] = new JsonArray([.. rank.Sessions.Sessions.Select(each => (JsonNode?)new JsonObject
        {
            ["client"] = each.Client.Value, ["name"] = each.Address, ["state"] = each.State.ToString(),
            ["must come back"] = each.IsReconnecting, ["imports"] = each.ImportingCount, ["unacknowledged"] = each.CompletedCount,
            ["silent s"] = Math.Round((rank.Services.NowMicros - each.RenewedAtMicros) / 1e6, 1),
        })]),
    };

    private static JsonObject Check(Rank rank, bool isAtRest)
    {
        List<string> found = [.. rank.Audit(level: 3), .. isAtRest ? rank.AuditAtRest() : []];
        return new JsonObject
        {
            ["violations"] = new JsonArray([.. found.Select(static each => (JsonNode?)new JsonObject { ["violation"] = each })]),
            ["clean"] = found.Count == 0,
        };
    }

    private JsonArray Live() =>
        [.. migrator.Live().Select(static each => (JsonNode?)new JsonObject
        {
            ["id"] = each.Id.ToString(), ["side"] = each.Side.ToString(), ["dirfrag"] = each.Base.ToString(),
            ["state"] = each.State,
        })];

    private JsonArray History(Rank rank) =>
        [.. migrator.History.Reports.Select(each => (JsonNode?)new JsonObject
        {
            ["id"] = each.Id.ToString(), ["side"] = each.Side.ToString(), ["path"] = each.Path,
            ["peer"] = each.Peer.Value, ["refusal"] = each.Refusal.ToString(), ["inodes"] = each.Inodes,
            ["bytes"] = each.Bytes, ["frozen ms"] = each.FrozenMicros / 1000.0,
            ["ago s"] = Math.Round((rank.Services.NowMicros - each.EndedAtMicros) / 1e6, 1),
        })];

    private JsonObject Pause(bool isPaused)
    {
        migrator.Pause(isPaused);
        return new JsonObject { ["paused"] = isPaused, ["queue"] = Queue() };
    }

    private JsonArray Queue() =>
        [.. migrator.Waiting.Select(static each =>
            (JsonNode?)new JsonObject { ["dirfrag"] = each.Dir.ToString(), ["to"] = each.To.Value })];

    /// <summary>Answers once it is over: every wait of a migration has a deadline.</summary>
    private JsonObject WaitFor(RankHost host, MigrationId id)
    {
        while (true)
        {
            long seen = Volatile.Read(ref _ends);
            JsonObject answer = On(host, _ => ShowLast(id));
            if ((string?)answer["state"] == "over")
                return answer;
            lock (_ended)
            {
                if (_ends == seen)
                    Monitor.Wait(_ended, s_patience);
            }
        }
    }

    /// <summary>The same; of one that goes in parts, the one that brings the last of it.</summary>
    private JsonObject ShowLast(MigrationId id)
    {
        MigrationReport? report = migrator.History.Reports.LastOrDefault(each => each.Id == id);
        if (report is not { Refusal: MigrationRefusal.InParts })
            return Show(id);
        if (migrator.GoesInParts(report.Base))
            return new JsonObject { ["id"] = id.ToString(), ["state"] = "goes in parts" };
        report = migrator.History.Reports.Last(each => each.Base == report.Base && each.Side == MigrationSide.Export);
        return Show(report.Id);
    }

    private JsonObject Show(MigrationId id)
    {
        foreach ((MigrationId each, DirFrag name, MigrationSide side, string state) in migrator.Live())
        {
            if (each == id)
                return new JsonObject
                    { ["id"] = id.ToString(), ["side"] = side.ToString(), ["dirfrag"] = name.ToString(), ["state"] = state };
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
            ["id"] = id.ToString(), ["side"] = report.Side.ToString(), ["state"] = "over", ["path"] = report.Path,
            ["dirfrag"] = report.Base.ToString(), ["peer"] = report.Peer.Value, ["refusal"] = report.Refusal.ToString(),
            ["inodes"] = report.Inodes, ["bytes"] = report.Bytes, ["frozen ms"] = report.FrozenMicros / 1000.0,
            ["ms"] = (report.EndedAtMicros - previous) / 1000.0, ["phases"] = phases,
        };
    }

    private JsonObject Cancel(MigrationId id) => migrator.TryCancel(id) ? new JsonObject { ["cancelled"] = id.ToString() }
        : throw new CliException(ExitCode.Failure, $"{id}: there is no such export here, or it is decided already");

    /// <summary>Asks as a client of the cluster, which is none for longer: a session that nobody has any more would be waited for
    /// when a rank begins anew.</summary>
    private ClientReply Call(ClientRequest request)
    {
        using var client = new ClusterClient(new ClusterClientOptions
        {
            Process = ClusterOptions.NewProcess(), Map = map, Formats = ClusterOptions.Formats, Name = "engine mig",
            Patience = s_patience,
        });
        return client.Call(request);
    }

    private JsonObject Export(RankHost host, string path, RankId to)
    {
        ReadOnlyMemory<byte> name = Encoding.UTF8.GetBytes(path);
        ClientReply listing = Call(new ClientRequest(0, ClientOp.ReadDirectory) { Path = name, Limit = 1 });
        if (listing.Error.Failed)
            throw new CliException(ExitCode.Failure, $"export dir: {path}: {listing.Error.Name}");
        return On(host, rank =>
        {
            Dir dir = Find(rank.Cache, path)
                ?? throw new CliException(ExitCode.Failure, $"export dir: {path}: another rank has it; subtrees shows which");
            MigrationRefusal refusal = migrator.Export(dir.Name, to);
            if (refusal != MigrationRefusal.None)
                throw new CliException(ExitCode.Failure, $"export dir: {path}: {refusal}: {RefusalText.Of(refusal)}");
            string id = migrator.Live().LastOrDefault(each => each.Base == dir.Name).Id is { Number: > 0 } started
                ? started.ToString() : "queued";
            return new JsonObject { ["id"] = id, ["dirfrag"] = dir.Name.ToString(), ["to"] = to.Value };
        });
    }

    private static Dir? Find(MetadataCache cache, string path)
    {
        NodeId at = cache.FindInode(Ino.Root);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!at.IsNone)
                at = cache.Lookup(at, Encoding.UTF8.GetBytes(name));
        }

        return at.IsNone ? null : cache.FirstDirOf(at);
    }

    private JsonObject Thrash(string exports)
    {
        if (!int.TryParse(exports, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > 100)
            throw new CliException(ExitCode.Usage, $"thrash: {exports}: allowed: 0 to 100 exports");
        migrator.Options = migrator.Options with { ThrashExports = count };
        return new JsonObject { ["exports a tick"] = count, ["bounds made"] = migrator.Cuts };
    }

    private JsonObject Leave() => migrator.Leave() == MigrationRefusal.None
        ? new JsonObject { ["leaves"] = true, ["waits for"] = migrator.LeavingWaitsFor }
        : throw new CliException(
            ExitCode.Failure, "stop: rank 0 has the root, and has to stay; end its process to have it taken over");

    private JsonObject Pins(Rank rank)
    {
        HashSet<DirFrag> unfollowed = [.. migrator.UnfollowedPins.Select(static each => each.Dir)];
        var pins = new JsonArray();
        foreach (DirFrag name in migrator.Pinned)
        {
            if (rank.Cache.FindDir(name) is not { } dir)
                continue;
            int to = rank.Cache.Inode(dir.Inode).ExportPin;
            string state = to == rank.Services.Me.Value ? "here" : unfollowed.Contains(name) ? "that rank cannot have it now"
                : dir.Has(DirState.Exporting) ? "on its way" : "waits for its turn";
            pins.Add(new JsonObject
            {
                ["path"] = rank.Cache.PathOf(dir.Inode), ["dirfrag"] = name.ToString(), ["to"] = to, ["state"] = state,
            });
        }

        return new JsonObject { ["pins"] = pins };
    }

    private JsonObject Pin(string path, string to)
    {
        string value = to == "none" ? "-1" : RankOf(to).Value.ToString(CultureInfo.InvariantCulture);
        ClientReply reply = Call(new ClientRequest(0, ClientOp.SetXattr)
        {
            Path = Encoding.UTF8.GetBytes(path), XattrName = "dir.pin", Value = Encoding.UTF8.GetBytes(value),
        });
        return reply.Error.IsNone ? new JsonObject { ["path"] = path, ["pin"] = to }
            : throw new CliException(ExitCode.Failure, $"pin: {path}: {reply.Error.Name}");
    }

    private JsonObject Kill(string point)
    {
        if (!Enum.TryParse(point, out KillPoint at) || at == KillPoint.None || !Enum.IsDefined(at))
        {
            throw new CliException(
                ExitCode.Usage, $"inject kill: {point}: allowed: {string.Join(", ", Enum.GetNames<KillPoint>().Skip(1))}");
        }

        migrator.Reached = reached =>
        {
            if (reached == at)
                Process.GetCurrentProcess().Kill();
        };
        return new JsonObject { ["armed"] = at.ToString() };
    }

    private static MigrationId IdOf(string text)
    {
        string[] parts = text.Split('.');
        bool isId = parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && uint.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isId ? new MigrationId(RankOf(parts[0]), ulong.Parse(parts[1], CultureInfo.InvariantCulture),
                uint.Parse(parts[2], CultureInfo.InvariantCulture))
            : throw new CliException(ExitCode.Usage, $"{text}: a migration is named RANK.LIFE.NUMBER, as export list shows it");
    }

    private static RankId RankOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && rank < RankId.CountMax
            ? new RankId(rank)
            : throw new CliException(ExitCode.Usage, $"{text}: a rank is a number from 0 to {RankId.CountMax - 1}");
}
