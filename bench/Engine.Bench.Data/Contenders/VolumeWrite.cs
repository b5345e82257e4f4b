using Engine.Volumes;

namespace Engine.Bench.Data;

/// <summary>A buffered write through <see cref="Volume.Write"/>.</summary>
internal sealed class VolumeWrite(Volume volume, AccessPattern pattern, AlignedBuffer source) : Contender("Volume.Write")
{
    private AccessPattern.Walk _walk = pattern.Start();

    public override void Run(int operations)
    {
        ReadOnlySpan<byte> from = source.Block(0);
        for (int i = 0; i < operations; i++)
            volume.Write(_walk.Next(), from);
    }
}
