// Who serves the map of a store, so that nobody else begins to by mistake. DIR/map is one line, ADDRESS PROCESS MACHINE NUMBER,
// in a file that its writer holds locked for as long as it lives, and removes where it ends in order.
//
// The system gives the lock of a process back that was killed: the next map begins at once. One that is halted keeps it, and so
// is asked by TCP too: who has not answered for a while serves nobody, and is taken over as well. What makes that safe is not
// the lock but the store, which takes no map of an older writer any more.
// Invariant: the file is never written in place. Who follows puts its own, locked already, in the place of the one that it has
// found to be nobody's, so that the lock of one that is halted keeps nobody from asking about the next.

using System.Globalization;
using System.Net;
using System.Text;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Devices;

namespace Engine.Cli.Clusters;

/// <summary>The right to serve the map of a store.</summary>
internal sealed class MapClaim : IDisposable
{
    private const string FileName = "map";
    private const int BytesMax = 4096;

    /// <summary>One that begins holds the file before it listens.</summary>
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(200);

    private readonly string _path;
    private readonly string _text;
    private readonly StorageFile _held;

    private MapClaim(string path, string text, StorageFile held) => (_path, _text, _held) = (path, text, held);

    /// <summary>Has another one taken it over? A file that cannot be read, or is gone, does not say so.</summary>
    public bool IsLost => Read(_path) is { Length: > 0 } text && text != _text;

    /// <summary>Makes sure that no map serves the store; waits for what it is told of one that may.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="cluster">Its cluster.</param>
    /// <param name="takesOver">Whoever serves it is to end.</param>
    /// <param name="patience">Who has not answered by then does not serve.</param>
    /// <param name="say">Hears who is taken over.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What the file says that may be replaced; null where there is none.</returns>
    /// <exception cref="CliException">A map serves the store.</exception>
    public static string? Check(
        string directory, ClusterId cluster, bool takesOver, TimeSpan patience, Action<string> say,
        CancellationToken cancellation)
    {
        string path = Path.Combine(directory, FileName);
        long until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            IoError error = StorageFile.OpenLocked(path, alone: true, out StorageFile? free);
            free?.Dispose();
            if (error == IoError.NoEntry)
                return null;
            string text = Read(path);
            if (error.IsNone)
                return text;
            if (error != IoError.Busy)
                throw new CliException(
                    ExitCode.Environment, $"--store {directory}: {path} cannot be opened: {error.Name}; see to it, or remove it");
            string[] words = [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries), "", "", ""];
            string who = $"process {words[1]} of {words[2]}";
            if (takesOver)
            {
                say($"the map at {words[0]} ({who}) has the store: it is taken over");
                return text;
            }

            TimeSpan left = TimeSpan.FromMilliseconds(Math.Max(1, until - Environment.TickCount64));
            MapPresence presence = IPEndPoint.TryParse(words[0], out IPEndPoint? address) && address.Port != 0
                ? MapProbe.Ask(address, cluster, ClusterOptions.NewProcess(), ClusterOptions.Formats, left, cancellation)
                : MapPresence.Absent;
            if (presence == MapPresence.Silent && Read(path) == text)
            {
                say($"the map at {words[0]} ({who}) has not answered for {Seconds(patience)} s: the store is taken over");
                return text;
            }

            if (presence == MapPresence.Serves || Environment.TickCount64 >= until)
                throw new CliException(ExitCode.Environment, Refusal(directory, words[0], who, presence == MapPresence.Serves));
            cancellation.WaitHandle.WaitOne(s_again);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Says that the map is served from now on.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="address">Where.</param>
    /// <param name="over">What <see cref="Check"/> has found.</param>
    public static MapClaim Take(string directory, IPEndPoint address, string? over)
    {
        string path = Path.Combine(directory, FileName);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{address} {Environment.ProcessId} {Environment.MachineName} {ClusterOptions.NewProcess()}\n");
        string aside = path + ".new-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(aside, text);
        IoError error = StorageFile.OpenLocked(aside, alone: true, out StorageFile? held);
        bool isOurs = error.IsNone && Read(path) == (over ?? string.Empty);
        if (isOurs)
            File.Move(aside, path, overwrite: true);
        else
            File.Delete(aside);
        if (isOurs)
            return new MapClaim(path, text, held!);
        held?.Dispose();
        throw new CliException(
            ExitCode.Environment, error.Failed ? $"--store {directory}: {path} cannot be locked: {error.Name}; see to it"
                : $"--store {directory}: another map was started on it just now; name that one's address, or try again");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Read(_path) == _text)
            File.Delete(_path);
        _held.Dispose();
    }

    private static string Refusal(string directory, string address, string who, bool serves) => serves
        ? $"--store {directory}: a map serves it at {address} ({who}): name that address to ranks and clients, or end that "
            + "process; --take-over ends it, and the ranks that were told of its address serve no more"
        : $"--store {directory}: a map has it ({who}), and does not answer at {address} from here: if that process is not meant "
            + "to serve it any more, end it, or give --take-over";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>What the file says; nothing where there is none. Not by a stream of the runtime's, which would want the lock.
    /// </summary>
    private static string Read(string path)
    {
        if (StorageFile.Open(path, write: false, out StorageFile? file).Failed)
            return string.Empty;
        using (file)
        {
            byte[] bytes = new byte[BytesMax];
            IoResult read = file!.Read(0, bytes.AsSpan());
            return read.Failed ? string.Empty : Encoding.UTF8.GetString(bytes, 0, (int)read.Bytes);
        }
    }
}
