using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What the commands of a cluster have in common.</summary>
internal static class ClusterOptions
{
    private const long ProcessesMax = 1L << 62;

    /// <summary>All messages that its processes exchange.</summary>
    public static MessageFormats Formats { get; } =
        new([.. MetadataFormats.Create(), .. MigrationFormats.Create(), .. MapFormats.Create()]);

    /// <summary>Where the map is.</summary>
    public static Option<IPEndPoint> Map() => AddressOption("--map", "Where engine map serve listens", required: true);

    /// <summary>Where a process listens.</summary>
    public static Option<IPEndPoint> Listen() =>
        AddressOption(
            "--listen", "Where it listens; others must reach it there (default 127.0.0.1, on a free port)", required: false);

    /// <summary>What the processes share.</summary>
    public static Option<string> Store() => new("--store")
        { Description = "Directory that the processes of the cluster share", HelpName = "DIR", Required = true };

    /// <summary>A number that no other process of the cluster has.</summary>
    public static long NewProcess()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        return 1 + (BitConverter.ToInt64(bytes) & (ProcessesMax - 1));
    }

    /// <summary>The address; with a port that is free now where it has none, since others are told before anybody
    /// listens.</summary>
    public static IPEndPoint WithPort(IPEndPoint address)
    {
        if (address.Port != 0)
            return address;
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(address);
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    private static Option<IPEndPoint> AddressOption(string name, string description, bool required) => new(name)
    {
        Description = description,
        HelpName = "HOST:PORT",
        Required = required,
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 0),
        CustomParser = result => Parse(name, result, required),
    };

    private static IPEndPoint Parse(string name, ArgumentResult result, bool needsPort)
    {
        string text = result.Tokens[0].Value;
        if (IPEndPoint.TryParse(text, out IPEndPoint? address) && (!needsPort || address.Port != 0))
            return address;
        result.AddError($"{name} '{text}': allowed: an IP address and a port, for example 127.0.0.1:7000");
        return new IPEndPoint(IPAddress.Loopback, 0);
    }
}
