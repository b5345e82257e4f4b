// A real tree in a namespace, as `engine fs import` makes it: the same code asks a rank on its own thread.
//
// Ownership: the journal's device and the objects are this object's, until disposed; so is the rank, whose memory goes last.

using System.Diagnostics;
using System.Text;
using Engine.Buffers;
using Engine.Cli;
using Engine.Cli.Namespaces;
using Engine.Cli.Sessions;
using Engine.Metadata;
using Engine.Stores;

namespace Engine.Bench.Migration;

/// <summary>A tree that was imported, safe in a journal on a loop device.</summary>
internal sealed class TreeImport : IDisposable
{
    /// <summary>Everything stays in the journal: what is written back is measured apart.</summary>
    private const int SegmentsMax = 4096;

    private const long JournalBytes = 2L << 30;
    private const long CacheBytes = 4L << 30;
    private const long WarmBytes = 384L << 20;

    /// <summary>As the command has it: the larger, the seldomer the way to a directory is written down again.</summary>
    private const int SegmentEventsMax = 8192;

    private readonly MemoryStore _objects = new(new MemoryStoreOptions { BytesMax = 4L << 30 });
    private DeviceLog? _log;
    private RankLoop? _loop;

    private TreeImport(LoopJournal journal) => Journal = journal;

    /// <summary>The journal's device.</summary>
    public LoopJournal Journal { get; }

    /// <summary>The rank, which nobody steps any more.</summary>
    public Rank Rank => _loop!.Rank;

    /// <summary>Time until everything was safe.</summary>
    public TimeSpan Time { get; private set; }

    /// <summary>Processor time that the process took until then.</summary>
    public TimeSpan ProcessorTime { get; private set; }

    /// <summary>Inodes imported.</summary>
    public int Inodes { get; private set; }

    /// <summary>Options of a life of the rank.</summary>
    public static RankOptions Options(ulong incarnation) =>
        new()
        {
            Incarnation = incarnation,
            CacheBytesMax = CacheBytes,
            SegmentsMax = SegmentsMax,
            SegmentEventsMax = SegmentEventsMax,
            ReconnectMicros = 0,
        };

    /// <summary>Imports, or says in one line why this machine cannot.</summary>
    public static TreeImport? TryRun(string tree, out string reason)
    {
        LoopJournal? journal = LoopJournal.TryCreate(JournalBytes, out reason);
        if (journal is null)
            return null;
        var import = new TreeImport(journal);
        try
        {
            import.Run(tree);
            return import;
        }
        catch (CliException failure)
        {
            import.Dispose();
            throw new IOException(failure.Message, failure);
        }
        catch
        {
            import.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Stop();
        _loop?.Rank.Dispose();
        _objects.Dispose();
        Journal.Dispose();
    }

    /// <summary>Ends the rank as a crash does: its journal may be opened again.</summary>
    public void Stop()
    {
        _loop?.Dispose();
        _log?.Dispose();
        _log = null;
    }

    private void Run(string tree)
    {
        GuestMemory.Warm(WarmBytes);
        _log = Journal.Open();
        _loop = new RankLoop(Options(_log.Incarnation), _log, _objects, TimeProvider.System, _log.Incarnation);
        var client = new RankFsClient(_loop, Journal.Name, new ClientId(1));
        _loop.Start();
        client.WaitUntilActive();
        int before = _loop.Rank.Cache.InodeCount;
        var run = new ImportRun(client, skipsExisting: false, static (_, _) => { }, CancellationToken.None);

        GC.Collect();
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        run.Run(tree, "/"u8.ToArray());
        Time = Stopwatch.GetElapsedTime(start);
        ProcessorTime = Environment.CpuUsage.TotalTime - cpuBefore;
        _loop.Dispose();
        Inodes = _loop.Rank.Cache.InodeCount - before;
        if (run.Notes.FirstOrDefault() is { } note)
            throw new IOException($"the import left something out: {note}");
    }
}
