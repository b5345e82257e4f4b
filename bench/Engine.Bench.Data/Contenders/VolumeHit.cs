using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>A cached read through <see cref="Volume.Read"/>.</summary>
internal sealed class VolumeHit(Volume volume, AccessPattern pattern, AlignedBuffer destination) : Contender("Volume.Read")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        Span<byte> into = destination.Block(0);
        for (int i = 0; i < operations; i++)
            volume.Read(_walk.Next(), into);
    }
}
