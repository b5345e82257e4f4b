namespace Engine.Testing.Devices;

/// <summary>The arrays that the crash states of a device are made in, one point after the other: as large as the device, and
/// too costly to be new for each of many points.</summary>
internal sealed class CrashScratch(int bytes, int sectors)
{
    public byte[] Durable { get; } = new byte[bytes];

    public byte[] Image { get; } = new byte[bytes];

    public int[] DurableSubmit { get; } = new int[sectors];

    public int[] Touched { get; } = new int[sectors];
}
