namespace Engine.Bench.Data;

/// <summary>Who can run a job on the device under test, in short turns with others. Between its turns it does nothing.</summary>
internal abstract class DeviceContender(string name)
{
    /// <summary>Let pass at the head of a turn before the reading begins.</summary>
    protected const int SettleMs = 40;

    public string Name { get; } = name;

    /// <summary>Makes ready for turns of a job.</summary>
    public abstract void Begin(DeviceJob job);

    /// <summary>Runs the job for a while and reads the end of it.</summary>
    public abstract DeviceSample Turn(int sliceMs);

    /// <summary>Ends what <see cref="Begin"/> began.</summary>
    public abstract void End();

    /// <summary>Lets time pass.</summary>
    protected static void Pass(int milliseconds)
    {
        using ManualResetEventSlim never = new();
        never.Wait(milliseconds);
    }
}
