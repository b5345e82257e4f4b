using System.Diagnostics;
using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Load;

// Purpose: one job while it runs: its threads, the lanes of each, and the sum of what the lanes did.
// Ownership: one Drive of a LoadRunner. A thread owns its lanes; a lane runs on its thread (depth 1) or wherever its requests
// complete. Latencies are read only after every thread has signalled.
// Invariants: a thread signals exactly once, after its last request has ended and, where asked for, been flushed; an operating
// error ends up in Control as a line, any other exception in Control as a bug.

/// <summary>One job while it runs: its threads, their lanes, and the sum of what they did.</summary>
internal sealed class JobRun : IDisposable
{
    private readonly JobDescription _job;
    private readonly Volume _volume;
    private readonly VerifiedImage? _image;
    private readonly FaultReport _faults = new();
    private readonly List<Lane> _lanes = [];
    private readonly List<Thread> _threads = [];
    private readonly CountdownEvent _running;
    private long _startedAt;
    private long _endedAt;

    public JobRun(JobDescription job, Volume volume, VerifiedImage? image)
        : this(job, volume, image, thread => new JobSource(job, thread, volume.Length))
    {
    }

    public JobRun(JobDescription job, Volume volume, VerifiedImage? image, Func<int, IRequestSource> sourceOf)
    {
        _job = job;
        _volume = volume;
        _image = image;
        _running = new CountdownEvent(job.Threads);
        Control = new RunControl();
        for (int i = 0; i < job.Threads; i++)
            AddThread(i, sourceOf(i));
    }

    public RunControl Control { get; }

    public long Requests => _lanes.Sum(lane => lane.Requests);

    public long Bytes => _lanes.Sum(lane => lane.Bytes);

    /// <summary>Share of the job that is over, 0 to 1.</summary>
    public double Share(TimeSpan elapsed, long bytesWanted) =>
        _job.Runtime > TimeSpan.Zero && (_job.TimeBased || bytesWanted == 0)
            ? Math.Min(1, elapsed / _job.Runtime)
            : Math.Min(1, (double)Bytes / Math.Max(1, bytesWanted));

    public void Start(long startedAt)
    {
        _startedAt = startedAt;
        Control.Begin(_job.Runtime, startedAt);
        foreach (Thread thread in _threads)
            thread.Start();
    }

    /// <summary>Waits for the end; false when the time is over first.</summary>
    public bool Wait(TimeSpan timeout) => _running.Wait(timeout);

    public JobReport Report(DeviceCounts device, TimeSpan cpu, long managedBytes, bool wasStopped)
    {
        var reads = new LatencyHistogram();
        var writes = new LatencyHistogram();
        foreach (Lane lane in _lanes)
        {
            reads.Merge(lane.ReadLatency);
            writes.Merge(lane.WriteLatency);
        }

        return new JobReport
        {
            Name = _job.Name,
            Description = Describe(_job),
            IsCached = _volume.IsCached,
            Elapsed = Stopwatch.GetElapsedTime(_startedAt, _endedAt),
            ReadLatency = reads,
            WriteLatency = writes,
            BytesRead = _lanes.Sum(lane => lane.BytesRead),
            BytesWritten = _lanes.Sum(lane => lane.BytesWritten),
            Flushes = _lanes.Sum(lane => lane.Flushes),
            Device = device,
            Cpu = cpu,
            ManagedBytes = managedBytes,
            Faults = _faults,
            Errors = Control.Errors,
            FirstError = Control.FirstError,
            WasStopped = wasStopped,
        };
    }

    public void Dispose()
    {
        _running.Dispose();
        Control.Dispose();
    }

    private static string Describe(JobDescription job)
    {
        string mix = job.Writes && job.EffectiveReadPercent > 0 ? $" rwmixread={job.ReadPercent}" : string.Empty;
        string flush = job.FlushEvery > 0 ? $" fsync={job.FlushEvery}" : string.Empty;
        string pattern = job.Pattern switch
        {
            AccessPattern.ReadWrite => "rw",
            AccessPattern.RandReadWrite => "randrw",
            _ => job.Pattern.ToString().ToLowerInvariant(),
        };
        string depth = job.Depth > 1 ? $" iodepth={job.Depth}" : string.Empty;
        string threads = job.Threads > 1 ? $" numjobs={job.Threads}" : string.Empty;
        return $"{pattern}{mix} bs={job.BlockSize}{depth}{threads}{flush}";
    }

    private void AddThread(int index, IRequestSource source)
    {
        int first = _lanes.Count;
        for (int i = 0; i < _job.Depth; i++)
        {
            ulong seed = _job.Seed ^ ((ulong)(first + i + 1) << 40);
            _lanes.Add(_job.Depth == 1
                ? new BlockingLane(_volume, source, Control, _image, _faults, seed)
                : new AsyncLane(_volume, source, Control, _image, _faults, seed));
        }

        List<Lane> own = _lanes.GetRange(first, _lanes.Count - first);
        _threads.Add(new Thread(() => RunThread(own)) { IsBackground = true, Name = $"load {_job.Name} {index}" });
    }

    private void RunThread(List<Lane> lanes)
    {
        try
        {
            if (lanes[0] is BlockingLane blocking)
                blocking.Run();
            else
                Task.WaitAll([.. lanes.Cast<AsyncLane>().Select(lane => lane.RunAsync())]);
            if (_job.FlushAtEnd && Control.Errors == 0)
                FlushAtEnd();
        }
        catch (AggregateException several)
        {
            Note(several.Flatten().InnerExceptions[0]);
        }
#pragma warning disable CA1031 // Whatever ends a thread of a job is kept and thrown on by the runner.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Note(error);
        }
        finally
        {
            InterlockedMax(ref _endedAt, Stopwatch.GetTimestamp());
            _running.Signal();
        }
    }

    private void Note(Exception error)
    {
        if (error is IOException)
            Control.Fail(error.Message);
        else
            Control.FailByBug(error);
    }

    private void FlushAtEnd()
    {
        FlushTicket? ticket = _image?.BeginFlush();
        _volume.Flush();
        if (ticket is not null)
            _image!.EndFlush(ticket);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (seen < value)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
