using Engine.Buffers;
using Engine.Devices;
using Engine.Stores;

namespace Engine.Cli.Sessions;

/// <summary>A journal's device beside the lock of the file that names it. Both are locked: the file, so that who is in its way is
/// told of the store; the device, which a copy of the store names too.</summary>
internal sealed class HeldDevice : IDisposable
{
    private readonly StorageFile _note;

    private HeldDevice(StorageFile note, IBlockDevice device)
    {
        _note = note;
        Device = device;
    }

    /// <summary>The device.</summary>
    public IBlockDevice Device { get; }

    /// <summary>Takes the lock, then opens the device.</summary>
    /// <exception cref="StoreException">Another has the lock, or it cannot be taken.</exception>
    public static HeldDevice Open(string path, Func<IBlockDevice> open, bool alone)
    {
        IoError error = StorageFile.OpenLocked(path, alone, out StorageFile? note);
        if (error == IoError.Busy)
            throw new StoreException(StoreProblem.Busy, error, $"open: {path} {SegmentLog.BusyWhy}");
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"open: {path} cannot be locked: {error}");
        try
        {
            return new HeldDevice(note!, open());
        }
        catch
        {
            note!.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Device.Dispose();
        _note.Dispose();
    }
}
