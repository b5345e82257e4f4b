using Engine.Buffers;
using Engine.Native;

namespace Engine.Devices;

/// <summary>An open device or file: its descriptor, its geometry, and requests by synchronous system calls on the caller's
/// thread.</summary>
internal sealed unsafe class DeviceFile : IRequestExecutor, IDisposable
{
    public DeviceFile(EioFileHandle handle, string path, DeviceGeometry geometry)
    {
        Handle = handle;
        Path = path;
        Geometry = geometry;
        Rules = new RequestRules(geometry);
    }

    public EioFileHandle Handle { get; }

    public string Path { get; }

    public DeviceGeometry Geometry { get; }

    public RequestRules Rules { get; }

    public IoResult Execute(in DeviceRequest request)
    {
        if (Handle.IsClosed)
            return IoResult.Fail(IoError.Shutdown);
        IoError error = Rules.Check(request);
        if (error.Failed)
            return IoResult.Fail(error);
        try
        {
            return IoResult.FromNative(Call(request));
        }
        catch (ObjectDisposedException)
        {
            return IoResult.Fail(IoError.Shutdown);
        }
    }

    /// <summary>Closes once running calls have ended.</summary>
    public void Dispose() => Handle.Dispose();

    private long Call(in DeviceRequest request)
    {
        switch (request.Operation)
        {
            case DeviceOperation.Read:
                long count = Transfer(request, EioOperation.Read);
                return count > 0 ? Rules.Clip(request, count) : count;
            case DeviceOperation.Write:
                return Transfer(request, EioOperation.Write);
            case DeviceOperation.Flush:
                return Handle.Flush();
            case DeviceOperation.Discard:
                return Handle.Discard((ulong)request.Offset, (ulong)request.Length);
            default:
                return Handle.WriteZeroes((ulong)request.Offset, (ulong)request.Length);
        }
    }

    private long Transfer(in DeviceRequest request, EioOperation operation) =>
        Handle.Transfer(
            operation, request.Fua ? EioRequestFlags.Fua : EioRequestFlags.None, (EioVector*)request.Vectors,
            (uint)request.VectorCount, request.Offset);
}
