// What operators ask of a rank, by a Unix socket of its process: one line of JSON in, one line out, and the connection ends.
//
//     {"verb": "export dir", "arguments": ["/usr", "1"]}    ->    {"error": "..."} or the answer
//
// Threads: one that accepts, and one for each connection; what concerns the rank is done on the rank's thread.
// Ownership: the socket's file is this object's, made anew at its beginning and removed at its end.

using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Engine.Cluster;

namespace Engine.Cli.Clusters;

/// <summary>Answers operators.</summary>
internal sealed class RankControl : IDisposable
{
    private const int Backlog = 16;
    private const int RequestBytesMax = 64 << 10;
    private const int PatienceMs = 10_000;

    private readonly RankHost _host;
    private readonly RankAnswers _answers;
    private readonly Socket _socket;
    private readonly Thread _thread;

    /// <summary>When the socket's file was made: tells it from another process's of the same name.</summary>
    private readonly DateTime _madeAt;

    /// <summary>Begins to answer.</summary>
    public RankControl(string path, RankHost host, RankAnswers answers)
    {
        (Path, _host, _answers) = (path, host, answers);
        // The runtime removes the name that it has bound, whoever has made something else there since: that is another one, and
        // no longer, for there is a bound on that.
        string aside = path.Length > 0 ? path[..^1] + (path[^1] == '~' ? '+' : '~') : path;
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(aside);
            _socket.Bind(new UnixDomainSocketEndPoint(aside));
            _socket.Listen(Backlog);
            File.Move(aside, path, overwrite: true);
            _madeAt = File.GetLastWriteTimeUtc(path);
        }
        catch (Exception failure) when (failure is SocketException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            _socket.Dispose();
            throw new CliException(
                ExitCode.Environment,
                $"--control {path}: cannot listen there: {failure.Message}; name a short path in a directory");
        }

        _thread = new Thread(Answer) { IsBackground = true, Name = "engine-control" };
        _thread.Start();
    }

    /// <summary>The socket's file.</summary>
    public string Path { get; }

    /// <summary>Ends; whoever asks now is not answered.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
        // The next life of the rank may have its own there by now.
        if (File.Exists(Path) && File.GetLastWriteTimeUtc(Path) == _madeAt)
            File.Delete(Path);
    }

    /// <summary>Makes sure that a path can be had: nobody's file is there, and nobody answers.</summary>
    public static void Check(string path)
    {
        if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length > 0))
            throw new CliException(
                ExitCode.Environment, $"--control {path}: it is no socket; name a path where there is nothing yet");
        if (File.Exists(path) && ControlCall.IsAnswered(path))
            throw new CliException(
                ExitCode.Environment, $"--control {path}: a rank answers there; name another path, or end that rank's process");
    }

    private void Answer()
    {
        while (TryAccept(out Socket? caller))
            new Thread(() => TryAnswer(caller!)) { IsBackground = true, Name = "engine-control" }.Start();
    }

    private bool TryAccept(out Socket? caller)
    {
        try
        {
            caller = _socket.Accept();
            (caller.ReceiveTimeout, caller.SendTimeout) = (PatienceMs, PatienceMs);
            return true;
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            caller = null;
            return false;
        }
    }

    private void TryAnswer(Socket caller)
    {
        using Socket connection = caller;
        try
        {
            string answer = AnswerTo(ReadLine(caller)).ToJsonString() + "\n";
            caller.Send(Encoding.UTF8.GetBytes(answer));
        }
        catch (SocketException)
        {
            // Who asked is gone, and the next one is heard.
            return;
        }
    }

    private JsonObject AnswerTo(string line)
    {
        try
        {
            JsonNode? asked = JsonNode.Parse(line);
            string verb = (string?)asked?["verb"] ?? "";
            string[] arguments = [.. asked?["arguments"]?.AsArray().Select(static each => (string?)each ?? "") ?? []];
            return _answers.To(_host, verb, arguments);
        }
        catch (Exception refusal) when (refusal is System.Text.Json.JsonException or InvalidOperationException or CliException)
        {
            int exit = (int)((refusal as CliException)?.ExitCode ?? ExitCode.Failure);
            return new JsonObject { ["error"] = refusal.Message, ["exit"] = exit };
        }
    }

    private static string ReadLine(Socket caller)
    {
        byte[] bytes = new byte[RequestBytesMax];
        int length = 0;
        while (length < bytes.Length && !bytes.AsSpan(0, length).Contains((byte)'\n'))
        {
            int more = caller.Receive(bytes.AsSpan(length));
            if (more == 0)
                break;
            length += more;
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
