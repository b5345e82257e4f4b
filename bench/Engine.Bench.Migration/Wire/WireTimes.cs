using Engine.Bench.Data;

namespace Engine.Bench.Migration;

/// <summary>What one contender's turns gave, in nanoseconds per inode.</summary>
internal sealed class WireTimes(WireContender contender)
{
    /// <summary>Who it is.</summary>
    public WireContender Contender { get; } = contender;

    /// <summary>Processor time of the threads that make and send.</summary>
    public Measurement Sending { get; } = new(contender.Name);

    /// <summary>Processor time of the threads that receive.</summary>
    public Measurement Receiving { get; } = new(contender.Name);

    /// <summary>Time on the clock, with both ends on this machine.</summary>
    public Measurement Elapsed { get; } = new(contender.Name);
}
