using Engine.Buffers;

namespace Engine.Devices;

/// <summary>Receives completions of device requests.</summary>
public interface IDeviceSink
{
    /// <summary>One request ended; called exactly once, on any thread, never inside <see cref="IBlockDevice.Submit"/> of the
    /// request itself. A byte count below the request's length is a short transfer. Must not block and must not throw.</summary>
    void Complete(ulong token, IoResult result);
}
