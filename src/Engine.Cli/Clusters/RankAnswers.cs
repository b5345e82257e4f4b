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
using Engine.Cli.Namespaces;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>Answers to operators. Source: migrator specification, 7.6.</summary>
/// <param name="migrator">The rank's.</param>
/// <param name="metrics">What is measured of it, once it is a rank.</param>
/// <param name="times">Since when other ranks have been what they are.</param>
/// <param name="map">Where the cluster map is.</param>
internal sealed class RankAnswers(Migrator migrator, Func<RankMetrics> metrics, MapTimes times, IPEndPoint map)
{
    private readonly StatusAnswers _status = new(migrator, times);
    private readonly ExportAnswers _exports = new(migrator);

    /// <summary>A migration of the rank is over. The rank's thread.</summary>
    public void NoteEnd() => _exports.NoteEnd();

    /// <summary>The answer to a verb.</summary>
    /// <exception cref="CliException">It cannot be answered; says why.</exception>
    public JsonObject To(RankHost host, string verb, string[] arguments)
    {
        var asked = new RankQuestion(host);
        return (verb, arguments.Length) switch
        {
            ("status", 0) => asked.On(rank => _status.Status(rank, host.HearsMap ? null : map)),
            ("subtrees", 0) => asked.On(StatusAnswers.Subtrees),
            ("metrics", 0) => asked.On(_ => metrics().Read()),
            ("ops", 1) => asked.On(rank => _status.Operations(rank, MigArguments.Slow(arguments[0]))),
            ("sessions", 0) => asked.On(StatusAnswers.Sessions),
            ("check", 0) => asked.On(static rank => StatusAnswers.Check(rank, isAtRest: false)),
            ("check", 1) => asked.On(static rank => StatusAnswers.Check(rank, isAtRest: true)),
            ("config get", 0) => asked.On(_ => ConfigAnswers.All(migrator)),
            ("config get", 1) => asked.On(_ => ConfigAnswers.One(migrator, arguments[0])),
            ("config set", 2) => asked.On(_ => ConfigAnswers.Set(migrator, arguments[0], arguments[1])),
            ("thrash", 1) => asked.On(_ => Thrash(MigArguments.Thrash(arguments[0]))),
            ("stop", 0) => asked.On(Leave),
            ("pins", 0) => asked.On(_status.Pins),
            ("pin", 2) => Pin(asked, arguments[0], MigArguments.Pin(arguments[1])),
            ("inject kill", 1) => asked.On(_ => Kill(MigArguments.Point(arguments[0]))),
            _ => ToExport(asked, verb, arguments),
        };
    }

    private JsonObject ToExport(RankQuestion asked, string verb, string[] arguments) => (verb, arguments.Length) switch
    {
        ("export list", 0) => asked.On(rank => new JsonObject { ["exports"] = _exports.Live(rank) }),
        ("export list", 1) => asked.On(rank => new JsonObject
            { ["exports"] = _exports.Live(rank), ["history"] = _exports.History(rank) }),
        ("export queue", 0) => asked.On(rank => new JsonObject
            { ["paused"] = migrator.IsPaused, ["queue"] = _exports.Queue(rank) }),
        ("export queue", 1) => asked.On(_ => new JsonObject { ["forgotten"] = migrator.ClearQueue() }),
        ("export show", 1) => asked.On(_ => _exports.Show(MigArguments.Migration(arguments[0]))),
        ("export pause", 0) => asked.On(rank => _exports.Pause(rank, isPaused: true)),
        ("export resume", 0) => asked.On(rank => _exports.Pause(rank, isPaused: false)),
        ("export wait", 1) => _exports.WaitFor(asked, MigArguments.Migration(arguments[0])),
        ("export cancel", 1) => asked.On(_ => _exports.Cancel(MigArguments.Migration(arguments[0]))),
        ("export dir", 2) => Export(asked, arguments[0], MigArguments.Rank(arguments[1])),
        _ => throw new CliException(ExitCode.Usage, $"{verb}: unknown to this rank, or with other arguments"),
    };

    /// <summary>Asks as a client of the cluster, which is none for longer: a session that nobody has any more would be waited for
    /// when a rank begins anew.</summary>
    /// <param name="request">What.</param>
    /// <param name="server">Who has answered.</param>
    private ClientReply Call(ClientRequest request, out RankId server)
    {
        using var client = new ClusterClient(new ClusterClientOptions
        {
            Process = ClusterOptions.NewProcess(), Map = map, Formats = ClusterOptions.Formats, Name = "engine mig",
            Patience = RankQuestion.PatienceOfClients,
        });
        return client.Call(request, out server);
    }

    private JsonObject Export(RankQuestion asked, string path, RankId to)
    {
        ReadOnlyMemory<byte> name = Encoding.UTF8.GetBytes(path);
        ClientReply listing = Call(new ClientRequest(0, ClientOp.ReadDirectory) { Path = name, Limit = 1 }, out _);
        if (listing.Error.Failed)
            throw new CliException(ExitCode.Failure, $"export dir: {path}: {Why(listing.Error)}");
        return asked.On(rank => _exports.Export(
            rank, path,
            Find(rank.Cache, path)
                ?? throw new CliException(ExitCode.Failure, $"export dir: {path}: another rank has it; subtrees shows which"),
            to));
    }

    private static string Why(IoError error) => error != IoError.TimedOut ? FsErrors.Sentence(error)
        : $"no rank has answered for {RankQuestion.PatienceOfClients.TotalSeconds:0} s (ETIMEDOUT): engine mig status says what "
            + "is wrong";

    private static Ino? Find(MetadataCache cache, string path)
    {
        NodeId at = cache.FindInode(Ino.Root);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!at.IsNone)
                at = cache.Lookup(at, Encoding.UTF8.GetBytes(name));
        }

        return at.IsNone ? null : cache.Inode(at).Ino;
    }

    private JsonObject Thrash(int exports)
    {
        migrator.Options = migrator.Options with { ThrashExports = exports };
        return new JsonObject { ["exports a tick"] = exports, ["bounds made"] = migrator.Cuts };
    }

    private JsonObject Leave(Rank rank) => migrator.Leave() == MigrationRefusal.None
        ? new JsonObject
        {
            ["leaves"] = true, ["waits for"] = migrator.LeavingWaitsFor,
            ["goes on"] = "by itself: engine mig status of any rank shows Stopping, then Stopped, and the process ends",
            ["again"] = string.Create(
                CultureInfo.InvariantCulture,
                $"engine rank serve --rank {rank.Services.Me.Value} ...: who takes any rank does not get one that was stopped"),
        }
        : throw new CliException(
            ExitCode.Failure, "stop: rank 0 has the root, and has to stay; end its process to have it taken over");

    private JsonObject Pin(RankQuestion asked, string path, RankId to)
    {
        asked.On(rank => to.Value < rank.Map.Ranks.Count ? new JsonObject() : throw new CliException(
            ExitCode.Usage, $"pin: {to.Value}: the cluster has ranks 0 to {rank.Map.Ranks.Count - 1}"));
        string value = to.Value.ToString(CultureInfo.InvariantCulture);
        ReadOnlyMemory<byte> name = Encoding.UTF8.GetBytes(path);
        ClientReply reply = Call(
            new ClientRequest(0, ClientOp.SetXattr)
                { Path = name, XattrName = "dir.pin", Value = Encoding.UTF8.GetBytes(value) },
            out _);
        if (reply.Error.Failed)
            throw new CliException(ExitCode.Failure, $"pin: {path}: {Why(reply.Error)}");
        var answer = new JsonObject { ["path"] = path, ["pin"] = to.IsNone ? "none" : value };
        ClientReply listing = Call(new ClientRequest(0, ClientOp.ReadDirectory) { Path = name, Limit = 1 }, out RankId now);
        if (listing.Error.IsNone && !now.IsNone)
            answer["see"] = $"{path} is {now}'s now: engine mig pins there shows what becomes of the pin";
        return answer;
    }

    private JsonObject Kill(KillPoint at)
    {
        migrator.Reached = reached =>
        {
            if (reached == at)
                Process.GetCurrentProcess().Kill();
        };
        return new JsonObject { ["armed"] = at.ToString() };
    }
}
