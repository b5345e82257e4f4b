using Engine.Buffers;
using Engine.Volumes;

namespace Engine.Stores.Tests.Durability;

/// <summary>A volume, with its exceptions as values.</summary>
internal sealed class VolumeTarget(Volume volume) : IDurabilityTarget
{
    public long HiddenFailures => 0;

    public ValueTask<IoError> Write(long offset, byte[] data, bool fua) =>
        Guard(() => volume.WriteAsync(offset, (ReadOnlyMemory<byte>)data, fua ? VolumeWriteFlags.Fua : VolumeWriteFlags.None));

    public ValueTask<IoError> Read(long offset, byte[] destination) => Guard(() => ReadAll(offset, destination));

    public ValueTask<IoError> Flush() => Guard(() => volume.FlushAsync());

    public ValueTask<IoError> Discard(long offset, int length) => Guard(() => volume.DiscardAsync(offset, length));

    public ValueTask<IoError> WriteZeroes(long offset, int length) => Guard(() => volume.WriteZeroesAsync(offset, length));

    public ValueTask<IoError> Close() => Guard(volume.CloseAsync);

    public void Dispose() => volume.Dispose();

    private static async ValueTask<IoError> Guard(Func<ValueTask> request)
    {
        try
        {
            await request().ConfigureAwait(false);
            return IoError.None;
        }
        catch (VolumeException failure)
        {
            return failure.Error;
        }
    }

    private async ValueTask ReadAll(long offset, byte[] destination)
    {
        int read = await volume.ReadAsync(offset, destination).ConfigureAwait(false);
        Assert.Equal(destination.Length, read);
    }
}
