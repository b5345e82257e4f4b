using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores.Tests;

/// <summary>A device that claims another geometry and refuses chosen operations with EOPNOTSUPP.</summary>
internal sealed class GeometryDevice(IBlockDevice inner, DeviceGeometry geometry, params DeviceOperation[] refused) : IBlockDevice
{
    public DeviceGeometry Geometry => geometry;

    public string Engine => inner.Engine;

    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        // A negative length is refused by the device underneath, which then completes it as it does everything else.
        foreach (DeviceRequest request in requests)
        {
            bool refuse = refused.Contains(request.Operation);
            inner.Submit([refuse ? request with { Length = -1, Sink = new Refusal(request.Sink!) } : request]);
        }
    }

    public IoResult Execute(in DeviceRequest request) =>
        refused.Contains(request.Operation) ? IoResult.Fail(IoError.NotSupported) : inner.Execute(request);

    public void Dispose() => inner.Dispose();

    private sealed class Refusal(IDeviceSink sink) : IDeviceSink
    {
        public void Complete(ulong token, IoResult result)
        {
            Assert.Equal(IoError.Invalid, result.Error);
            sink.Complete(token, IoResult.Fail(IoError.NotSupported));
        }
    }
}
