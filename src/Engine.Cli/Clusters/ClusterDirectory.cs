// What the processes of a cluster share, in one directory:
//
//   DIR/objects              directory objects and the cluster map: a FileStore with a writer for each rank, and one for the map
//   DIR/journals/rank-N      each rank's journal
//
// A journal is opened as if its older life were alive: whoever was given up for dead may only have been halted.

using System.Buffers.Binary;
using System.Globalization;
using Engine.Buffers;
using Engine.Cluster;
using Engine.Metadata;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cli.Clusters;

/// <summary>The store that a cluster's processes share.</summary>
internal sealed class ClusterDirectory : IRankStores
{
    private const string ObjectsName = "objects";
    private const string JournalsName = "journals";
    private const string MapWriter = "map";

    /// <summary>4 GiB, made as they are needed: twice the pages that a region may send ahead, and as much again for clients.
    /// </summary>
    private const int JournalSegments = 512;

    private readonly string _directory;
    private readonly Action<string> _note;

    private ClusterDirectory(string directory, Guid uuid, Action<string> note)
    {
        (_directory, _note) = (directory, note);
        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        Id = new ClusterId(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>Which cluster it is.</summary>
    public ClusterId Id { get; }

    private string Objects => Path.Combine(_directory, ObjectsName);

    /// <summary>Opens the directory, made where there is none or an empty one.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="note">Hears why something in it cannot be opened.</param>
    public static ClusterDirectory OpenOrMake(string directory, Action<string> note)
    {
        bool isNew = !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any();
        if (isNew)
        {
            if (File.Exists(directory))
                throw new CliException(ExitCode.Environment, $"--store {directory}: it is a file; name a directory");
            Make(directory);
        }

        return Open(directory, note);
    }

    private static void Make(string directory)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, JournalsName));
            FileStore.Format(Path.Combine(directory, ObjectsName));
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or (IOException and not StoreException))
        {
            throw new CliException(
                ExitCode.Environment,
                $"--store {directory}: it cannot be made: {failure.Message.TrimEnd('.')}; name a directory that can be written");
        }
    }

    /// <summary>Is a directory what a cluster's processes share?</summary>
    public static bool IsOne(string directory) => Directory.Exists(Path.Combine(directory, JournalsName));

    /// <summary>Opens the directory.</summary>
    public static ClusterDirectory Open(string directory, Action<string> note)
    {
        if (!IsOne(directory))
        {
            string what = Directory.Exists(Path.Combine(directory, ObjectsName)) ? "holds a namespace of one rank (engine fs)"
                : Directory.Exists(directory) ? "holds no cluster" : "does not exist";
            throw new CliException(
                ExitCode.Environment, $"--store {directory}: it {what}; name the directory that engine map serve was given");
        }

        using FileStore objects = FileStore.Open(
            Path.Combine(directory, ObjectsName), new FileStoreOptions { IsReadOnly = true, Threads = 1 });
        return new ClusterDirectory(directory, objects.Uuid, note);
    }

    /// <summary>Opens the objects to keep the map there; whoever had them for that stores nothing more.</summary>
    public FileStore OpenForMap() => FileStore.Open(Objects, new FileStoreOptions { Writer = MapWriter, Threads = 1 });

    /// <inheritdoc/>
    public IoError TryOpen(RankId rank, ulong incarnation, out IRankStore? store)
    {
        store = null;
        string name = string.Create(CultureInfo.InvariantCulture, $"rank-{rank.Value}");
        string place = Path.Combine(_directory, JournalsName, name);
        FileLog? log = null;
        try
        {
            if (!Directory.Exists(place))
                FileLog.Format(place, new LogFormatOptions { SegmentCount = JournalSegments });
            log = FileLog.Open(place, new LogOptions { Incarnation = incarnation, IsShared = true });
            FileStore objects = FileStore.Open(Objects, new FileStoreOptions { Writer = name, Incarnation = incarnation });
            store = new Opened(log, objects);
            return IoError.None;
        }
        catch (StoreException failure)
        {
            log?.Dispose();
            _note($"{rank}: {failure.Message}");
            return failure.Problem == StoreProblem.Stale ? IoError.Stale
                : failure.Problem == StoreProblem.Damaged ? IoError.Damaged : new IoError(failure.Errno);
        }
    }

    /// <summary>Ends older lives of a rank: nothing of them becomes durable any more.</summary>
    public IoError Fence(RankId rank, ulong incarnation)
    {
        IoError error = TryOpen(rank, incarnation, out IRankStore? store);
        store?.Dispose();
        // A fence that was raised and not told of.
        return error == IoError.Stale ? IoError.None : error;
    }

    private sealed class Opened(FileLog log, FileStore objects) : IRankStore
    {
        public ILog Log => log;

        public IObjectBackend Objects => objects;

        public void Dispose()
        {
            log.Dispose();
            objects.Dispose();
        }
    }
}
