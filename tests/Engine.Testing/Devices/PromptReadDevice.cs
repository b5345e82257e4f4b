using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>Over a device that a test pumps by hand: reads complete as they are submitted, for who waits for them on the test's
/// own thread. All else is the device's.</summary>
public sealed class PromptReadDevice(IBlockDevice inner) : IBlockDevice
{
    /// <inheritdoc/>
    public DeviceGeometry Geometry => inner.Geometry;

    /// <inheritdoc/>
    public string Engine => inner.Engine;

    /// <inheritdoc/>
    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        foreach (ref readonly DeviceRequest request in requests)
        {
            if (request.Operation == DeviceOperation.Read)
                request.Sink!.Complete(request.Token, inner.Execute(request));
            else
                inner.Submit(new ReadOnlySpan<DeviceRequest>(in request));
        }
    }

    /// <inheritdoc/>
    public IoResult Execute(in DeviceRequest request) => inner.Execute(request);

    /// <summary>Leaves the device, which is another's.</summary>
    public void Dispose()
    {
    }
}
