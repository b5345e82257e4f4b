using Engine.Buffers;

namespace Engine.Devices;

/// <summary>Does one request on the calling thread; what <see cref="DeviceHelpers"/> runs.</summary>
internal interface IRequestExecutor
{
    IoResult Execute(in DeviceRequest request);
}
