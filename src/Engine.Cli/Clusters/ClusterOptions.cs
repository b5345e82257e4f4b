using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
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

    /// <summary>A number within bounds, which a refusal names.</summary>
    public static Option<int> Number(string name, string unit, string description, int value, int least, int most) => new(name)
    {
        Description = description,
        HelpName = unit,
        DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            if (!isNumber || number < least || number > most)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} '{text}': allowed: {least} to {most}"));
            return number;
        },
    };

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
        return address.Port != 0 ? address : Reserve(address);
    }

    /// <summary>Makes sure that it can be listened at the address, before anything else is done.</summary>
    /// <returns>It, with a port that is free now where it has none.</returns>
    public static IPEndPoint Reserve(IPEndPoint address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(address);
            socket.Listen();
            return (IPEndPoint)socket.LocalEndPoint!;
        }
        catch (SocketException failure)
        {
            throw new CliException(
                ExitCode.Environment, $"--listen: cannot listen at {address}: {failure.Message}; choose another address");
        }
    }

    private static Option<IPEndPoint> AddressOption(string name, string description, bool required)
    {
        var option = new Option<IPEndPoint>(name)
        {
            Description = description, HelpName = "HOST:PORT", Required = required,
            CustomParser = result => Parse(name, result, required),
        };
        // An option with a default is never missing.
        if (!required)
            option.DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 0);
        return option;
    }

    private static IPEndPoint Parse(string name, ArgumentResult result, bool needsPort)
    {
        string text = result.Tokens[0].Value;
        if (IPEndPoint.TryParse(text, out IPEndPoint? address) && (!needsPort || address.Port != 0))
            return address;
        result.AddError($"{name} '{text}': allowed: an IP address and a port, for example 127.0.0.1:7000");
        return new IPEndPoint(IPAddress.Loopback, 0);
    }
}
