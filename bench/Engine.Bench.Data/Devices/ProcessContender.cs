using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Data;

/// <summary>Another program, which runs for as long as its job is asked about, stopped between its turns.</summary>
internal abstract class ProcessContender(string name, DeviceVolume target) : DeviceContender(name)
{
    private const int PollMs = 20;
    private const int StartMsMax = 30_000;
    private const string Continue = "-CONT";
    private const string Stop = "-STOP";

    private Process? _process;

    /// <summary>The device under test.</summary>
    protected DeviceVolume Target => target;

    public override void Begin(DeviceJob job)
    {
        _process = Start(job);
        long before = DeviceReading.Requests(target.DevicePath);
        long start = Stopwatch.GetTimestamp();
        while (DeviceReading.Requests(target.DevicePath) < before + 100)
        {
            if (_process.WaitForExit(PollMs))
                throw Ended();
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > StartMsMax)
                throw new IOException($"{Name} does nothing");
        }

        Send(Stop);
    }

    public override DeviceSample Turn(int sliceMs)
    {
        Process process = _process!;
        Send(Continue);
        Pass(SettleMs);
        DeviceReading begin = DeviceReading.Begin(target.DevicePath, process.Id);
        if (process.WaitForExit(sliceMs))
            throw Ended();
        DeviceSample sample = begin.Until(DeviceReading.End(target.DevicePath, process.Id));
        Send(Stop);
        return sample;
    }

    public override void End()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Starts the program; its standard output and error are to be read.</summary>
    protected abstract Process Start(DeviceJob job);

    private IOException Ended()
    {
        string errors = _process!.StandardError.ReadToEnd().Trim();
        return new IOException($"{Name} ended with {_process.ExitCode}: {errors}");
    }

    private void Send(string signal) => Shell.Run("kill", signal, _process!.Id.ToString(CultureInfo.InvariantCulture));
}
