namespace Engine.Bench.Data;

/// <summary>Who can run a job on the device under test.</summary>
internal abstract class DeviceContender(string name)
{
    /// <summary>Let pass before the reading begins: start-up, and the just-in-time compiler.</summary>
    protected const int SettleMs = 300;

    public string Name { get; } = name;

    /// <summary>Runs the job for a while and reads the middle of it.</summary>
    public abstract DeviceSample Run(DeviceJob job, int sliceMs);
}
