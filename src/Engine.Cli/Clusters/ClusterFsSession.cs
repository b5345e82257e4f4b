using System.Net;
using Engine.Cli.Sessions;
using Engine.Cluster;
using Engine.Metadata;

namespace Engine.Cli.Clusters;

/// <summary>The namespace of a cluster, for one command.</summary>
internal sealed class ClusterFsSession : IFsSession
{
    /// <summary>How a directory begins that stands for the map's address.</summary>
    public const string Prefix = "map:";

    private const string MapOption = "--map";

    /// <summary>For a map that is there: a beacon goes out each second.</summary>
    private static readonly TimeSpan s_mapPatience = TimeSpan.FromSeconds(5);

    private readonly IPEndPoint _map;
    private readonly ClusterClient _cluster;
    private readonly ClusterFsClient _client;

    private ClusterFsSession(IPEndPoint map, CliConsole console)
    {
        _map = map;
        _cluster = new ClusterClient(new ClusterClientOptions
        {
            Process = ClusterOptions.NewProcess(), Map = map, Formats = ClusterOptions.Formats, Name = "engine fs",
        });
        _client = new ClusterFsClient(_cluster, console.Cancellation, line => console.Note("engine: " + line));
    }

    /// <summary>A command line in which <c>--map HOST:PORT</c> stands in place of DIR, with that in DIR's place.</summary>
    public static IReadOnlyList<string> Rewrite(IReadOnlyList<string> arguments)
    {
        int at = 0;
        while (at < arguments.Count && arguments[at].Split('=')[0] != MapOption)
            at++;
        bool hasValue = at < arguments.Count && (arguments[at] != MapOption || at + 1 < arguments.Count);
        if (arguments is not ["fs", ..] || !hasValue)
            return arguments;
        string value = arguments[at] == MapOption ? arguments[at + 1] : arguments[at][(MapOption.Length + 1)..];
        List<string> rest = [.. arguments];
        rest.RemoveRange(at, arguments[at] == MapOption ? 2 : 1);
        int verbEnd = Math.Min(rest.Count, rest is [_, "xattr" or "frag", ..] ? 3 : 2);
        rest.Insert(verbEnd, Prefix + value);
        return rest;
    }

    /// <inheritdoc/>
    public FsClient Client => _client;

    /// <inheritdoc/>
    public int RankCount => _cluster.Map.Ranks.Count;

    /// <summary>Opens the namespace, where the directory stands for a map's address; null where it is a directory.</summary>
    public static ClusterFsSession? TryOpen(string directory, CliConsole console)
    {
        if (!directory.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        bool isAddress = IPEndPoint.TryParse(directory.AsSpan(Prefix.Length), out IPEndPoint? map) && map.Port != 0;
        if (!isAddress)
            throw new CliException(
                ExitCode.Usage,
                $"--map {directory[Prefix.Length..]}: allowed: an IP address and a port, for example 127.0.0.1:7000");
        var session = new ClusterFsSession(map!, console);
        try
        {
            session.AwaitMap(console.Cancellation);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the map has answered: ranks may take their time, a map that is there does not.</summary>
    private void AwaitMap(CancellationToken cancellation)
    {
        var came = new ManualResetEventSlim();
        _cluster.MapChanged = _ => came.Set();
        if (_cluster.Map == ClusterMap.Empty && !came.Wait(s_mapPatience, cancellation))
            throw new CliException(
                ExitCode.Environment,
                $"no map answers at {_map} within {s_mapPatience.TotalSeconds:0} s; is engine map serve running there?");
        _cluster.MapChanged = null;
    }

    /// <inheritdoc/>
    public string? Close() => null;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <inheritdoc/>
    public override string ToString() => _map.ToString();
}
