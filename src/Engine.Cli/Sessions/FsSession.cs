using System.Globalization;
using Engine.Buffers;
using Engine.Cli.Clusters;
using Engine.Devices;
using Engine.Metadata;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cli.Sessions;

// Purpose: a namespace's store opened for one command: DIR/objects (FileStore), the journal (FsJournal), a rank over both on its
// own thread, and a client of it.
// Ownership: the command, by using; Close ends the rank in order, so that everything is in the store. Without Close (a command
// that fails) the rank just ends: what was acknowledged is in the journal, and the next command goes on from there.
// Invariants: the journal is opened first, exclusively: a store that is in use is refused before anything is touched; the rank's
// memory goes last, since store and log may work on it until they are closed.

/// <summary>A namespace opened for a command.</summary>
internal sealed partial class FsSession : IFsSession
{
    private const string ObjectsName = "objects";

    /// <summary>What is wrong with objects without a head.</summary>
    public const string HeadLost = "has lost its file engine-store, or that is damaged";

    private const string DamagedName = "damaged";
    private const string RepairName = "repair-under-way";
    private const long CacheBytesMin = 64L << 20;
    private const long CacheBytesMax = 4L << 30;

    // A directory is written and read whole, and dividing it takes twice its room.
    private const int CacheShareOfDirectory = 64;

    // A directory that a command fills is written once, at the end, as long as its events fit into these.
    private const int EventSegmentsMax = 128;
    private const int EventSegmentsMin = 4;

    // Large segments: the way to a directory is written down once in each that changes it.
    private const int SegmentEventsMin = 1024;
    private const int SegmentEventsMax = 8192;
    private const int SegmentsWanted = 64;

    // What an event takes of the journal, by a wide margin.
    private const long EventBytes = 4096;

    private readonly string _directory;
    private readonly IDisposable _journal;
    private readonly FileStore _objects;
    private readonly RankLoop _loop;
    private readonly bool _isView;
    private bool _isDisposed;

    private FsSession(
        string directory, IDisposable journal, ILog log, FileStore objects, CancellationToken cancellation)
    {
        _directory = directory;
        _journal = journal;
        _objects = objects;
        _isView = log is ViewLog;
        long segmentEvents = Math.Clamp(log.Capacity / (SegmentsWanted * EventBytes), SegmentEventsMin, SegmentEventsMax);
        var options = new RankOptions
        {
            Incarnation = log.Incarnation,
            CacheBytesMax = CacheBytes,
            SegmentsMax = (int)Math.Clamp(log.Capacity / (segmentEvents * EventBytes), EventSegmentsMin, EventSegmentsMax),
            SegmentEventsMax = (int)segmentEvents,
            SplitBytes = CacheBytes / CacheShareOfDirectory,
            IsView = _isView,
            JournalBytesMax = WholeBytes,

            // The client ends with the process.
            ReconnectMicros = 0,
        };
        _loop = new RankLoop(options, log, objects, TimeProvider.System, log.Incarnation);
        Client = new RankFsClient(_loop, directory, new ClientId((long)log.Incarnation), cancellation);
        _loop.Start();
    }

    /// <summary>Memory for the namespace: a quarter of the machine's, within limits.</summary>
    public static long CacheBytes =>
        Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, CacheBytesMin, CacheBytesMax);

    /// <summary>Memory for what has to be looked at whole, a journal or a namespace: half of the machine's.</summary>
    public static long WholeBytes => Math.Max(CacheBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>The same for a repair, which takes about as much again for what it builds.</summary>
    public static long RepairBytes => Math.Max(CacheBytes, WholeBytes / 2);

    /// <summary>Asks the rank.</summary>
    public RankFsClient Client { get; }

    FsClient IFsSession.Client => Client;

    /// <inheritdoc/>
    public int RankCount => 1;

    /// <summary>Where the directory objects of a store are.</summary>
    public static string ObjectsOf(string directory) => Path.Combine(directory, ObjectsName);

    /// <summary>Opens a namespace and begins its recovery.</summary>
    /// <exception cref="CliException">There is none.</exception>
    /// <exception cref="StoreException">It is in use, damaged, or cannot be written.</exception>
    public static FsSession Open(string directory, CancellationToken cancellation = default)
    {
        Expect(directory);
        return OpenMade(directory, cancellation);
    }

    private static FsSession OpenMade(string directory, CancellationToken cancellation)
    {
        FsJournal journal = FsJournal.Open(directory, IdentityOf(directory));
        var options = new FileStoreOptions { Incarnation = journal.Log.Incarnation };
        return Begin(directory, journal, journal.Log, options, cancellation);
    }

    /// <summary>Opens a namespace to be looked at, beside others who do so: nothing is written, whatever the journal holds. A
    /// rank is begun over what is there, and what it would write goes nowhere.</summary>
    /// <exception cref="StoreException">Somebody changes it meanwhile, or it is damaged.</exception>
    public static FsSession OpenToRead(string directory, CancellationToken cancellation = default)
    {
        Expect(directory);
        var log = new ViewLog(FsJournal.ViewWhole(directory, IdentityOf(directory)));
        return Begin(directory, log, log, new FileStoreOptions { IsReadOnly = true }, cancellation);
    }

    /// <summary>What the journal of a store has to be.</summary>
    /// <exception cref="StoreException">The objects' head is missing or damaged.</exception>
    public static LogIdentity IdentityOf(string directory)
    {
        string place = ObjectsOf(directory);
        if (FileStore.HasLostHead(place))
        {
            string what = $"open: {place} {HeadLost}; restore it, or see: engine fs check {directory}";
            throw new StoreException(StoreProblem.Damaged, IoError.Damaged, what);
        }

        using FileStore objects = FileStore.Open(ObjectsOf(directory), new FileStoreOptions { IsReadOnly = true });
        return new LogIdentity(objects.Uuid, objects.Incarnation);
    }

    /// <summary>Says what is wrong with a directory that is no namespace.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="needsJournal">A store without its journal will not do.</param>
    /// <param name="mayBeHalfDone">One with a repair that was not ended will do.</param>
    public static void Expect(string directory, bool needsJournal = true, bool mayBeHalfDone = false)
    {
        ExpectStore(directory, needsJournal);
        if (!mayBeHalfDone && IsHalfDone(directory))
            throw new CliException(
                ExitCode.Environment, $"{directory}: a repair was not ended; end it with: engine fs check {directory} --repair");
    }

    private static void ExpectStore(string directory, bool needsJournal)
    {
        if (directory.StartsWith(ClusterFsSession.Prefix, StringComparison.Ordinal))
            throw new CliException(
                ExitCode.Usage, "this verb works on a namespace in a directory, not on a cluster's; engine mig asks its ranks");
        if (ClusterDirectory.IsOne(directory))
            throw new CliException(
                ExitCode.Environment, $"{directory} is the store of a cluster, and its ranks' alone; use engine fs --map "
                    + "HOST:PORT, or ask a rank: engine mig check");
        if (MayNotBeSeen(directory))
            throw new CliException(
                ExitCode.Environment, $"{directory} cannot be looked at: permission denied; run as a user who may");
        if (!Path.Exists(directory))
            throw new CliException(
                ExitCode.Environment, $"{directory} does not exist; check the path, or make it with: engine fs init {directory}");
        if (!Directory.Exists(directory))
            throw new CliException(ExitCode.Environment, $"{directory} is not a directory; a namespace is kept in one");
        if (IsUnfinished(directory))
            throw new CliException(
                ExitCode.Environment, $"{directory} {Unfinished}, and make it again with: engine fs init {directory}");
        bool hasObjects = Directory.Exists(ObjectsOf(directory));
        bool hasJournal = FsJournal.Exists(directory);
        if (!hasObjects && !hasJournal)
            throw new CliException(
                ExitCode.Environment, $"{directory} holds no namespace (no objects and journal in it); "
                    + "name another directory, or a new one to engine fs init");
        if (!hasObjects)
            throw new CliException(
                ExitCode.Environment, $"{directory}: its objects are missing; restore {ObjectsOf(directory)}: what had been "
                    + "written to them is in them alone");
        if (!hasJournal && needsJournal)
            throw new CliException(
                ExitCode.Environment, $"{directory}: its journal is missing; restore {directory}/journal: what was changed and "
                    + "not yet written to the objects is in it alone");
    }

    /// <summary>Does it lie behind a directory that may not be searched?</summary>
    private static bool MayNotBeSeen(string directory)
    {
        try
        {
            _ = File.GetAttributes(directory);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Is there the mark of a repair that was not ended?</summary>
    public static bool IsHalfDone(string directory) => Path.Exists(MarkOf(directory));

    /// <summary>Marks the store: from here on nobody opens it but a repair.</summary>
    public static void BeginRepair(string directory)
    {
        try
        {
            using FileStream mark = File.Create(MarkOf(directory));
            mark.Flush(flushToDisk: true);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCode.Environment, $"{directory} cannot be written: {refusal.Message}; mend that; nothing was changed");
        }

        Sync(directory);
    }

    /// <summary>Moves damaged objects out of the store, into a directory beside it; while a repair is under way.</summary>
    /// <param name="directory">The store's.</param>
    /// <param name="objects">Their names.</param>
    /// <param name="kept">Where each is kept, a line each.</param>
    /// <returns>Null; or why it could not be ended.</returns>
    public static string? TryPutAside(string directory, IReadOnlyList<string> objects, List<string> kept)
    {
        foreach (string name in objects)
        {
            string from = FileStore.PathOf(ObjectsOf(directory), name);
            if (!File.Exists(from))
                continue;
            if (TryMoveAside(directory, name, from, out string to) is { } why)
                return why;
            kept.Add($"object {name}: its bytes are kept in {to}");
        }

        return null;
    }

    /// <summary>What repairs put aside before this one, a line each.</summary>
    public static IEnumerable<string> PutAsideBefore(string directory)
    {
        string folder = Path.Combine(directory, DamagedName);
        string[] paths = Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [];
        return paths.Order(StringComparer.Ordinal).Select(path => $"put aside by a repair before this one: {path}");
    }

    /// <summary>A free name in the directory of what is damaged.</summary>
    /// <returns>Null; or why there is none.</returns>
    public static string? TryPlaceAside(string directory, string name, out string to)
    {
        string folder = Path.Combine(directory, DamagedName);
        to = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            Sync(directory);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or CliException)
        {
            return $"{folder} cannot be made to keep {name} in: {refusal.Message}";
        }

        for (int copy = 2; Path.Exists(to); copy++)
            to = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{copy}"));
        return null;
    }

    /// <summary>Takes the mark away.</summary>
    public static void EndRepair(string directory)
    {
        File.Delete(MarkOf(directory));
        Sync(directory);
    }

    /// <summary>Ends in order: everything is in the store afterwards.</summary>
    /// <returns>Null; or why it is in the journal alone, and what to do.</returns>
    public string? Close()
    {
        string? unwritten = null;
        Client.WaitUntilActive();
        if (!_isView)
        {
            _loop.Stop();
            unwritten = Client.WaitUntilStopped();
        }

        Dispose();
        return unwritten;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _loop.Dispose();
        Client.Dispose();
        // What is on its way to the objects ends before the journal's lock goes: who only looks comes in with that.
        _objects.Dispose();
        _journal.Dispose();
        // What a bug left behind cannot be taken apart in order.
        if (_loop.Fault is null)
            _loop.Rank.Dispose();
    }

    /// <inheritdoc/>
    public override string ToString() => _directory;

    private static FsSession Begin(
        string directory, IDisposable journal, ILog log, FileStoreOptions options, CancellationToken cancellation)
    {
        FileStore? objects = null;
        try
        {
            objects = FileStore.Open(ObjectsOf(directory), options);
            return new FsSession(directory, journal, log, objects, cancellation);
        }
        catch
        {
            objects?.Dispose();
            journal.Dispose();
            throw;
        }
    }

    private static string? TryMoveAside(string directory, string name, string from, out string to)
    {
        if (TryPlaceAside(directory, name, out to) is { } why)
            return why;
        try
        {
            File.Move(from, to);
            Sync(Path.Combine(directory, DamagedName));
            return null;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or CliException)
        {
            return $"{from} cannot be moved to {to}: {refusal.Message}";
        }
    }

    private static string MarkOf(string directory) => Path.Combine(directory, RepairName);

    private static void Sync(string directory)
    {
        IoError error = StorageNames.Sync(directory);
        if (error.Failed)
            throw new CliException(ExitCode.Environment, $"{directory} cannot be written: {error.Name}");
    }

    private static bool IsStore(string directory) =>
        Directory.Exists(ObjectsOf(directory)) && FsJournal.Exists(directory);

    /// <summary>Removes a directory with all in it, where it is there.</summary>
    public static void RemoveTree(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }
}
