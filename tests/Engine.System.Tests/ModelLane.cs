using Engine.Buffers;
using Engine.Volumes;

namespace Engine.System.Tests;

/// <summary>
/// Random requests to one range of a volume, one at a time, with a model of its bytes; several lanes run together on one volume.
/// </summary>
internal sealed class ModelLane(Volume volume, long start, int length, SeededRandom random)
{
    private const int RequestMax = 40 << 10;

    private readonly byte[] _buffer = new byte[RequestMax];

    /// <summary>What the range holds.</summary>
    public byte[] Model { get; } = new byte[length];

    /// <summary>Bytes read and found right.</summary>
    public long Verified { get; private set; }

    /// <summary>First byte in the volume.</summary>
    public long Start => start;

    /// <summary>Gives the range known content.</summary>
    public async Task Fill()
    {
        await Task.Yield();
        random.NextBytes(Model);
        await volume.WriteAsync(start, Model);
    }

    public async Task Run(int requests)
    {
        await Task.Yield();
        for (int i = 0; i < requests; i++)
        {
            int size = random.NextBool(0.5) ? random.NextInt(1, RequestMax) : 512 << random.NextInt(6);
            int at = random.NextInt(length - size);
            if (random.NextBool(0.3))
                at = at / 4096 * 4096;
            await One(random.NextInt(100), at, size);
        }
    }

    /// <summary>Compares the whole range.</summary>
    public async Task Check()
    {
        byte[] found = new byte[length];
        Assert.Equal(length, await volume.ReadAsync(start, found));
        Compare(0, found);
    }

    private async Task One(int choice, int at, int size)
    {
        Memory<byte> part = _buffer.AsMemory(0, size);
        switch (choice)
        {
            case < 45:
                await volume.ReadAsync(start + at, part);
                Compare(at, part.Span);
                break;
            case < 80:
                random.NextBytes(part.Span);
                await volume.WriteAsync(start + at, part, choice < 75 ? VolumeWriteFlags.None : VolumeWriteFlags.Fua);
                part.CopyTo(Model.AsMemory(at));
                break;
            case < 88:
                await volume.FlushAsync();
                break;
            case < 94:
                await volume.WriteZeroesAsync(start + at, size);
                Model.AsSpan(at, size).Clear();
                break;
            default:
                // What a discarded range holds is the device's choice: it is written before it counts again.
                await volume.DiscardAsync(start + at, size);
                random.NextBytes(part.Span);
                await volume.WriteAsync(start + at, part);
                part.CopyTo(Model.AsMemory(at));
                break;
        }
    }

    private void Compare(int at, ReadOnlySpan<byte> found)
    {
        int same = found.CommonPrefixLength(Model.AsSpan(at, found.Length));
        Assert.True(same == found.Length, $"byte {start + at + same} differs; seed {random.Seed}");
        Verified += found.Length;
    }
}
