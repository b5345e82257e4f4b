using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Durability;

/// <summary>A wrapper that plays the part of a bug in the layers above; see <see cref="Mutation"/>.</summary>
internal sealed unsafe class MutantDevice : IBlockDevice, IDeviceSink
{
    private const int SectorBytes = 512;

    private readonly IBlockDevice _inner;
    private readonly Mutation _mutation;
    private readonly DeviceBuffer _scratch = new(4096, 1);
    private readonly IoVector* _nothing;

    /// <summary>What was written, and which sectors of it: a write of the same bytes again is one that follows a failed
    /// flush, since the scripts' data is random.</summary>
    private readonly byte[] _written;
    private readonly bool[] _isWritten;

    public MutantDevice(IBlockDevice inner, Mutation mutation)
    {
        _inner = inner;
        _mutation = mutation;
        _nothing = _scratch.Vectors((0, 0));
        _written = new byte[inner.Geometry.Capacity];
        _isWritten = new bool[_written.Length / SectorBytes];
    }

    public DeviceGeometry Geometry => _inner.Geometry;

    public string Engine => _inner.Engine;

    public void Submit(ReadOnlySpan<DeviceRequest> requests)
    {
        var forwarded = new List<DeviceRequest>();
        foreach (ref readonly DeviceRequest request in requests)
        {
            forwarded.Add(Changed(request));
            if (_mutation == Mutation.EarlyFlush && request.Operation is DeviceOperation.Write or DeviceOperation.WriteZeroes)
                forwarded.Add(DeviceCalls.FlushRequest(0, this));
        }

        _inner.Submit(forwarded.ToArray());
    }

    public IoResult Execute(in DeviceRequest request) => _inner.Execute(Changed(request));

    public void Complete(ulong token, IoResult result) => Assert.False(result.Failed);

    public void Dispose()
    {
        _inner.Dispose();
        _scratch.Dispose();
    }

    private DeviceRequest Changed(in DeviceRequest request)
    {
        if (_mutation == Mutation.NoFua)
            return request with { Fua = false };
        if (_mutation == Mutation.NoRewrite && request.Operation is DeviceOperation.Write or DeviceOperation.WriteZeroes)
            return Rewrite(request);
        if (_mutation is not (Mutation.NoFlush or Mutation.EarlyFlush) || request.Operation != DeviceOperation.Flush)
            return request;
        return Nothing(request, request.Sink);
    }

    private DeviceRequest Nothing(in DeviceRequest request, IDeviceSink? sink) => new()
    {
        Operation = DeviceOperation.Read,
        Vectors = _nothing,
        VectorCount = 1,
        Token = request.Token,
        Sink = sink,
    };

    private DeviceRequest Rewrite(in DeviceRequest request)
    {
        byte[] data = Gather(request);
        bool again = data.AsSpan().SequenceEqual(_written.AsSpan((int)request.Offset, data.Length))
            && !Sectors(request).Contains(false);
        RewriteSink sink = new(this, request, data);
        return again ? Nothing(request, sink) : request with { Sink = sink };
    }

    private Span<bool> Sectors(in DeviceRequest request) =>
        _isWritten.AsSpan((int)(request.Offset / SectorBytes), (int)(request.Length / SectorBytes));

    private static byte[] Gather(in DeviceRequest request)
    {
        byte[] data = new byte[request.Length];
        int at = 0;
        for (int i = 0; request.Operation == DeviceOperation.Write && i < request.VectorCount; i++)
        {
            IoVector vector = request.Vectors[i];
            new ReadOnlySpan<byte>((void*)vector.Address, (int)vector.Length).CopyTo(data.AsSpan(at));
            at += (int)vector.Length;
        }

        return data;
    }

    /// <summary>Remembers what was written, and reports what was left out as done.</summary>
    private sealed class RewriteSink(MutantDevice device, DeviceRequest request, byte[] data) : IDeviceSink
    {
        public void Complete(ulong token, IoResult result)
        {
            if (!result.Failed)
            {
                data.CopyTo(device._written.AsSpan((int)request.Offset));
                device.Sectors(request).Fill(true);
                result = IoResult.Ok(request.Length);
            }

            request.Sink!.Complete(token, result);
        }
    }
}
