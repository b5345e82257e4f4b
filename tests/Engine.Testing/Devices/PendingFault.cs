using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>A request that a fault has changed, on its way through the device underneath and back to its own sink.</summary>
internal sealed unsafe class PendingFault : IDeviceSink
{
    private readonly FaultDevice _device;
    private readonly DeviceRequest _request;
    private readonly FaultRule _rule;
    private readonly IoVector* _trimmed;

    /// <summary>Works out what reaches the device: an empty read at <paramref name="nothing"/> for an error, the first bytes for
    /// a short or torn transfer, all of a request without data.</summary>
    public PendingFault(FaultDevice device, in DeviceRequest request, FaultRule rule, IoVector* nothing)
    {
        _device = device;
        _request = request;
        _rule = rule;
        bool transfer = request.Operation is DeviceOperation.Read or DeviceOperation.Write;
        if (rule.Effect == FaultEffect.Error || (transfer && rule.Bytes == 0))
        {
            Inner = new DeviceRequest { Operation = DeviceOperation.Read, Vectors = nothing, VectorCount = 1 };
        }
        else if (!transfer || rule.Bytes >= request.Length)
        {
            Inner = request;
        }
        else
        {
            _trimmed = (IoVector*)NativeMemory.Alloc((nuint)request.VectorCount, (nuint)sizeof(IoVector));
            int count = Trim(request, rule.Bytes, _trimmed);
            Inner = request with { Length = rule.Bytes, Vectors = _trimmed, VectorCount = count };
        }
    }

    public DeviceRequest Inner { get; }

    public void Complete(ulong token, IoResult result)
    {
        IoResult final = Finish(result);
        _request.Sink!.Complete(_request.Token, final);
    }

    public IoResult Finish(IoResult result)
    {
        NativeMemory.Free(_trimmed);
        if (result.Failed)
            return result;
        if (_rule.Error.Failed && _rule.Effect != FaultEffect.Short)
        {
            // What lies below a device may flush for a FUA write.
            if (_request.Operation == DeviceOperation.Flush || _request.Fua)
                _device.OnFlushFailed?.Invoke(_request);
            return IoResult.Fail(_rule.Error);
        }

        bool lies = _rule.Effect == FaultEffect.Torn && _request.Operation == DeviceOperation.Write;
        return lies ? IoResult.Ok(_request.Length) : result;
    }

    private static int Trim(in DeviceRequest request, long bytes, IoVector* trimmed)
    {
        int count = 0;
        for (; bytes > 0; count++)
        {
            IoVector vector = request.Vectors[count];
            long length = Math.Min(bytes, (long)vector.Length);
            trimmed[count] = vector with { Length = (nuint)length };
            bytes -= length;
        }

        return count;
    }
}
