using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engine.Cli.Clusters;

/// <summary>Asks a rank by its control socket (<see cref="RankControl"/>).</summary>
internal static class ControlCall
{
    private const int AnswerBytes = 64 << 10;

    /// <summary>A rank that answers at all does within this: it has less for its own questions.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>What answers a question about whether anybody does.</summary>
    private static readonly TimeSpan s_patienceOfProbe = TimeSpan.FromSeconds(2);

    /// <summary>The answer.</summary>
    /// <exception cref="CliException">The rank says why it has none, or there is no rank, or it does not answer.</exception>
    public static JsonObject Of(string path, string verb, params string[] arguments) =>
        Of(path, verb, arguments, CancellationToken.None);

    /// <summary>The same, ended by a signal.</summary>
    public static JsonObject Of(string path, string verb, string[] arguments, CancellationToken cancellation)
    {
        JsonObject answer = Of(path, s_patience, verb, arguments, cancellation);
        // Each round is answered in time, however long the export takes.
        while (verb == "export wait" && answer["phases"] is null)
            answer = Of(path, s_patience, verb, arguments, cancellation);
        return answer;
    }

    /// <summary>Does a rank, or who stands by, answer there?</summary>
    public static bool IsAnswered(string path)
    {
        try
        {
            Of(path, s_patienceOfProbe, "status", [], CancellationToken.None);
            return true;
        }
        catch (CliException refusal)
        {
            return refusal.ExitCode != ExitCode.Environment;
        }
    }

    private static JsonObject Of(
        string path, TimeSpan patience, string verb, string[] arguments, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        var asked = new JsonObject
            { ["verb"] = verb, ["arguments"] = new JsonArray([.. arguments.Select(static each => (JsonNode?)each)]) };
        try
        {
            string text = ExchangeAsync(path, asked.ToJsonString() + "\n", deadline.Token).GetAwaiter().GetResult();
            JsonObject answer = JsonNode.Parse(text) as JsonObject
                ?? throw new CliException(ExitCode.Failure, $"{path}: what answers there is no rank");
            return (string?)answer["error"] is not { } error ? answer
                : throw new CliException((ExitCode)((int?)answer["exit"] ?? (int)ExitCode.Failure), error);
        }
        catch (JsonException)
        {
            throw new CliException(
                ExitCode.Environment, $"{path}: its rank ended before it had answered; look at what its process wrote");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException(ExitCode.Environment, $"{path}: {Silence(patience)}");
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException)
        {
            throw new CliException(ExitCode.Environment, $"{path}: {Why(path, failure, patience)}");
        }
    }

    private static async Task<string> ExchangeAsync(string path, string line, CancellationToken until)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), until).ConfigureAwait(false);
        await socket.SendAsync(Encoding.UTF8.GetBytes(line), until).ConfigureAwait(false);
        using var answer = new MemoryStream();
        byte[] bytes = new byte[AnswerBytes];
        int length;
        while ((length = await socket.ReceiveAsync(bytes, until).ConfigureAwait(false)) > 0)
            answer.Write(bytes, 0, length);
        return Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
    }

    private static string Why(string path, Exception failure, TimeSpan patience)
    {
        const string Name = "name the socket of a rank that runs, DIR/rank-N.control";
        if (failure is ArgumentException)
            return $"is too long a path for a socket (107 bytes); {Name}";
        if (Directory.Exists(path))
            return $"is a directory; {Name}";
        if (!File.Exists(path))
            return $"does not exist: {Name}; its process makes it once it is that rank";
        return ((SocketException)failure).SocketErrorCode switch
        {
            SocketError.ConnectionRefused => $"nobody listens there: its rank has ended, or it is no socket; {Name}",
            SocketError.AccessDenied => $"it may not be used (EACCES); ask as the user whom the rank runs as",
            SocketError.WouldBlock => Silence(patience),
            _ => $"no rank answers there ({failure.Message}); {Name}",
        };
    }

    private static string Silence(TimeSpan patience)
    {
        string seconds = patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        return $"the rank does not answer within {seconds} s: its process is halted, or the machine is busy; look at both";
    }
}
