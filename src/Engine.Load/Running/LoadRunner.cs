using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Load;

/// <summary>Runs jobs and traces over a volume and reports what they did.</summary>
public static class LoadRunner
{
    /// <summary>Runs jobs together on one volume and waits for their end.</summary>
    /// <returns>A report for each job. Device counts, processor time and managed bytes are those of the whole group.</returns>
    /// <exception cref="JobFileException">A job does not fit the volume.</exception>
    public static IReadOnlyList<JobReport> Run(Volume volume, IReadOnlyList<JobDescription> jobs, LoadOptions options)
    {
        foreach (JobDescription job in jobs)
        {
            Check(volume, job, options);
        }

        List<JobRun> runs = [.. jobs.Select(job => new JobRun(job, volume, job.Verify ? options.Image : null))];
        long bytesWanted = jobs.Any(job => job.TimeBased)
            ? 0
            : jobs.Sum(job => (job.Size != 0 ? job.Size : volume.Length - job.Offset) * job.Threads);
        return Drive(volume, runs, string.Join(", ", jobs.Select(job => job.Name)), bytesWanted, options);
    }

    /// <summary>Replays a trace on a volume, one request at a time on each thread, and checks every read against the
    /// model.</summary>
    /// <param name="volume">The volume; at least as long as the trace reaches.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="speed">Multiple of the recorded speed; 0 = as fast as possible.</param>
    /// <param name="threads">Requests in flight.</param>
    /// <param name="options">The model, and how the run is watched.</param>
    /// <exception cref="TraceException">The trace reaches beyond the volume.</exception>
    public static JobReport Replay(Volume volume, Trace trace, double speed, int threads, LoadOptions options)
    {
        Invariant.That(threads > 0 && speed >= 0);
        if (trace.EndBytes > volume.Length)
            throw new TraceException($"the trace reaches to {ByteSize.Format(trace.EndBytes)} ({trace.EndBytes} bytes), "
                + $"the volume has {ByteSize.Format(volume.Length)}: format a larger one, sparse if need be");
        var job = new JobDescription { Name = "replay", Pattern = AccessPattern.RandReadWrite, Threads = threads,
            FlushAtEnd = true };
        var source = new TraceSource(trace, speed);
        List<JobRun> runs = [new JobRun(job, volume, options.Image, _ => source)];
        JobReport report = Drive(volume, runs, job.Name, trace.Records.Sum(record => (long)record.Length), options)[0];
        string skipped = string.Concat(trace.Skipped.Select(entry => $", {entry.Value} of {entry.Key} skipped"));
        return report with { Description = $"{trace.Records.Count} requests, numjobs={threads}{skipped}" };
    }

    private static void Check(Volume volume, JobDescription job, LoadOptions options)
    {
        if (job.Problem() is string problem)
            throw new JobFileException($"{job.Label}: {problem}");
        if (job.ProblemOn(volume.Length) is string misfit)
            throw new JobFileException($"{job.Label}: {misfit}");
        Invariant.That(!job.Verify || options.Image is not null);
        long blocks = (job.Size != 0 ? job.Size : volume.Length - job.Offset) / job.BlockSize;
        if (job.Verify && job.Writes && blocks < 2L * job.Depth * job.Threads)
            throw new JobFileException($"{job.Label}: key 'size': at least {2 * job.Depth * job.Threads} blocks "
                + "when verify is crc32c (twice iodepth times numjobs), since no two writes of a block run at once");
    }

    private static List<JobReport> Drive(
        Volume volume, List<JobRun> runs, string name, long bytesWanted, LoadOptions options)
    {
        try
        {
            using CancellationTokenRegistration stop =
                options.Cancellation.Register(() => runs.ForEach(run => run.Control.Stop()));
            var measure = new LoadMeasure(volume);
            runs.ForEach(run => run.Start(measure.StartedAt));
            long requestsBefore = 0;
            long before = measure.StartedAt;
            while (!runs.TrueForAll(run => run.Wait(TimeSpan.Zero)))
            {
                if (runs.Find(run => !run.Wait(TimeSpan.Zero))?.Wait(options.ProgressInterval) ?? true)
                    continue;
                long requests = runs.Sum(run => run.Requests);
                TimeSpan elapsed = Stopwatch.GetElapsedTime(measure.StartedAt);
                double rate = (requests - requestsBefore) / Stopwatch.GetElapsedTime(before).TotalSeconds;
                options.Progress?.Invoke(new LoadProgress(
                    name, elapsed, requests, runs.Sum(run => run.Bytes), rate, runs[0].Share(elapsed, bytesWanted))
                    { RefusedWrites = volume.Statistics().Cache?.WritebackFailures ?? 0 });
                requestsBefore = requests;
                before = Stopwatch.GetTimestamp();
            }

            if (runs.Find(run => run.Control.Bug is not null)?.Control.Bug is Exception bug)
                ExceptionDispatchInfo.Throw(bug);
            bool wasStopped = options.Cancellation.IsCancellationRequested;
            (DeviceCounts device, TimeSpan cpu, long managed) = (measure.Device, measure.Cpu, measure.ManagedBytes);
            return runs.ConvertAll(
                run => run.Report(device, cpu, managed, wasStopped) with { JobsTogether = runs.Count });
        }
        finally
        {
            runs.ForEach(run => run.Dispose());
        }
    }
}
