using Engine.Buffers;

namespace Engine.Devices;

/// <summary>The first failure that no request caused: a sink that threw, or a ring that broke. Once set it stays, and every
/// request of the device ends with EIO, so that the bug cannot pass unseen.</summary>
internal sealed class DeviceFault
{
    private volatile Exception? _cause;

    public bool IsSet => _cause is not null;

    /// <summary>One line for <see cref="IBlockDevice.Engine"/>; empty while healthy.</summary>
    public string Suffix => _cause is { } cause ? "; FAILED: " + cause.Message : string.Empty;

    public void Record(Exception cause) => Interlocked.CompareExchange(ref _cause, cause, null);

    /// <summary>Delivers one completion; a sink that throws breaks its contract and fails the device.</summary>
    public void Deliver(IDeviceSink sink, ulong token, IoResult result)
    {
        try
        {
            sink.Complete(token, IsSet ? IoResult.Fail(IoError.Io) : result);
        }
#pragma warning disable CA1031 // Its thread serves other requests too; the cause is kept and thrown by Dispose.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            Record(new InvariantException($"a device sink threw {cause.GetType().Name}: {cause.Message}", cause));
        }
    }

    /// <summary>Ends the device's life: a bug that was caught on its threads is shown to whoever disposes it. A broken ring was
    /// shown by its requests.</summary>
    public void ThrowIfBug()
    {
        if (_cause is InvariantException cause)
            throw new InvariantException("the device failed: " + cause.Message, cause);
    }
}
