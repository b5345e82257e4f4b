using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>
/// How many 4 KiB requests a second does the uncached volume get out of a device, and at what processor time, beside fio at
/// its best?
/// </summary>
internal sealed class DeviceQuestion : IQuestion
{
    private const int SliceMs = 150;
    private const int Rounds = 30;
    private const int QuickRounds = 4;
    private const long LoopBytes = 2L << 30;

    private static readonly DeviceJob[] s_jobs =
    [
        new(false, 1, Blocks: true), new(true, 1, Blocks: true),
        new(false, 1), new(true, 1),
        new(false, 32), new(true, 32),
    ];

    public string Name => "device";

    public string Title => "uncached 4 KiB requests through the volume, beside fio on the same device";

    public string Method =>
        "contenders take turns of 0.15 s (the others' processes are stopped meanwhile), since the rate of one and "
        + "the same loop may change several times over within a second on a virtual machine; "
        + "requests are those that the block layer completed while a contender was read, and processor time is that of the "
        + "process and of all kernel workers, the same way for all; without --device the device is a loop device over a file in "
        + "memory; the goals are judged against the faster of fio's asynchronous engines, and beside a blocking caller stands "
        + "fio's blocking engine (pvsync2) as information";

    public void Ask(BenchRun run)
    {
        string? fio = Shell.Find("fio");
        if (fio is null)
        {
            run.Report.Note("skipped: fio is not installed");
            return;
        }

        if (Shell.Find("setpriv") is null)
        {
            run.Report.Note("skipped: setpriv (util-linux) is not installed");
            return;
        }

        if (run.Arguments.Device is { } path)
        {
            Ask(run, fio, path, null);
            return;
        }

        using LoopDevice? loop = LoopDevice.TryCreate(LoopBytes, out string reason);
        if (loop is null)
            run.Report.Note("skipped: " + reason);
        else
            Ask(run, fio, loop.Path, loop);
    }

    private void Ask(BenchRun run, string fio, string path, LoopDevice? loop)
    {
        using var target = new DeviceVolume(path);
        loop?.Detach();
        string jobs = Path.Combine(run.Root, "bench", "fio");
        EngineContender engine = new(target);
        FloorContender floor = new(Path.Combine(run.Root, "artifacts", "native", "Release", "device_floor"), target);
        FioContender blocking = new(fio, "pvsync2", jobs, target);
        FioContender[] asynchronous = [new(fio, "io_uring", jobs, target), new(fio, "libaio", jobs, target)];
        foreach (DeviceJob job in s_jobs)
            Ask(run, job, engine, job.Blocks ? [floor, blocking, .. asynchronous] : [floor, .. asynchronous]);
        string device = run.Arguments.Device is null ? "a loop device over a file in memory" : path;
        run.Report.Note($"device: {device}; {target.Engine}");
    }

    private void Ask(BenchRun run, DeviceJob job, EngineContender engine, DeviceContender[] peers)
    {
        DeviceContender[] contenders = [engine, .. peers];
        List<DeviceSample>[] samples = [.. contenders.Select(_ => new List<DeviceSample>())];
        List<double> bytes = [];
        try
        {
            foreach (DeviceContender contender in contenders)
                contender.Begin(job);
            for (int round = 0; round < (run.Arguments.Quick ? QuickRounds : Rounds); round++)
            {
                for (int i = 0; i < contenders.Length; i++)
                {
                    // Back and forth, so that nobody always follows the same one.
                    int place = round % 2 == 0 ? i : contenders.Length - 1 - i;
                    int turn = (place + (round / 2)) % contenders.Length;
                    samples[turn].Add(contenders[turn].Turn(SliceMs));
                }

                bytes.Add(engine.BytesPerOperation);
            }
        }
        finally
        {
            foreach (DeviceContender contender in contenders)
                contender.End();
        }

        int faster = Rate(samples[^2]) >= Rate(samples[^1]) ? samples.Length - 2 : samples.Length - 1;
        AddRows(run.Report, job, samples[0], samples[faster], contenders[faster].Name);
        for (int i = 1; i < contenders.Length - 2; i++)
            AddRows(run.Report, job, samples[0], samples[i], contenders[i].Name);
        run.Report.Add(new Figure($"{Name}: {job}{Goal.ManagedBytes}", Math.Round(Medians.Of(bytes), 2), "B"));
    }

    private void AddRows(Report report, DeviceJob job, List<DeviceSample> mine, List<DeviceSample> peer, string peerName)
    {
        Add("", "kIOPS", static sample => sample.RequestsPerSecond / 1000);
        Add(", CPU", "us", static sample => sample.CpuMicroseconds);
        Add(", CPU without workers", "us", static sample => sample.ProcessMicroseconds);

        void Add(string quantity, string unit, Func<DeviceSample, double> value) => report.Add(new Figure(
            $"{Name}: {job}{quantity}",
            Medians.Of([.. mine.Select(value)]),
            unit,
            peerName,
            Medians.Of([.. peer.Select(value)]),
            Medians.Of([.. mine.Zip(peer, (ours, theirs) => value(ours) / value(theirs))])));
    }

    private static double Rate(List<DeviceSample> samples) => Medians.Of([.. samples.Select(sample => sample.RequestsPerSecond)]);
}
