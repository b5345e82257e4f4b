using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>Time, the device's completed requests and processor time at one moment of a process that uses it.</summary>
internal sealed class DeviceReading
{
    private readonly long _time;
    private readonly long _requests;
    private readonly Dictionary<string, long> _threads;
    private readonly Dictionary<string, long> _workers;

    /// <summary>The middle of the walk over the workers, which takes a while.</summary>
    private readonly long _workersTime;

    private DeviceReading(
        long time, long requests, Dictionary<string, long> threads, Dictionary<string, long> workers, long workersTime)
    {
        _time = time;
        _requests = requests;
        _threads = threads;
        _workers = workers;
        _workersTime = workersTime;
    }

    /// <summary>The first reading: the process last, so that its own cost of looking at the workers stays outside.</summary>
    public static DeviceReading Begin(string device, int process)
    {
        (Dictionary<string, long> workers, long workersTime) = ReadWorkers();
        Dictionary<string, long> threads = CpuMeter.ReadProcess(process);
        return new DeviceReading(Stopwatch.GetTimestamp(), Requests(device), threads, workers, workersTime);
    }

    /// <summary>The second reading, in the opposite order.</summary>
    public static DeviceReading End(string device, int process)
    {
        long time = Stopwatch.GetTimestamp();
        long requests = Requests(device);
        Dictionary<string, long> threads = CpuMeter.ReadProcess(process);
        (Dictionary<string, long> workers, long workersTime) = ReadWorkers();
        return new DeviceReading(time, requests, threads, workers, workersTime);
    }

    /// <summary>Requests that the block layer has completed for the device.</summary>
    public static long Requests(string device)
    {
        string name = Path.GetFileName(new FileInfo(device).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? device);
        string[] fields = File.ReadAllText($"/sys/class/block/{name}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[0], CultureInfo.InvariantCulture) + long.Parse(fields[4], CultureInfo.InvariantCulture);
    }

    /// <summary>What happened between this reading and a later one.</summary>
    public DeviceSample Until(DeviceReading end)
    {
        double requests = Math.Max(1, end._requests - _requests);
        double cpu = CpuMeter.Between(_threads, end._threads);
        double share = (double)(end._time - _time) / (end._workersTime - _workersTime);
        double workers = CpuMeter.Between(_workers, end._workers) * share;
        double seconds = Stopwatch.GetElapsedTime(_time, end._time).TotalSeconds;
        return new DeviceSample(requests / seconds, (cpu + workers) / 1000 / requests, cpu / 1000 / requests);
    }

    private static (Dictionary<string, long> Workers, long Time) ReadWorkers()
    {
        long start = Stopwatch.GetTimestamp();
        Dictionary<string, long> workers = CpuMeter.ReadWorkers();
        return (workers, start + ((Stopwatch.GetTimestamp() - start) / 2));
    }
}
