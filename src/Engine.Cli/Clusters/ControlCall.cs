using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engine.Cli.Clusters;

/// <summary>Asks a rank by its control socket (<see cref="RankControl"/>).</summary>
internal static class ControlCall
{
    /// <summary>The answer.</summary>
    /// <exception cref="CliException">The rank says why it has none, or there is no rank.</exception>
    public static JsonObject Of(string path, string verb, params string[] arguments)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            var asked = new JsonObject
                { ["verb"] = verb, ["arguments"] = new JsonArray([.. arguments.Select(static each => (JsonNode?)each)]) };
            socket.Send(Encoding.UTF8.GetBytes(asked.ToJsonString() + "\n"));
            using var reader = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
            JsonObject answer = JsonNode.Parse(reader.ReadToEnd()) as JsonObject
                ?? throw new CliException(ExitCode.Failure, $"{path}: what answers there is no rank");
            return (string?)answer["error"] is { } error ? throw new CliException(ExitCode.Failure, error) : answer;
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException or IOException or JsonException)
        {
            throw new CliException(
                ExitCode.Environment, $"{path}: no rank answers there ({failure.Message}); name the socket of a rank that runs");
        }
    }
}
