using Engine.Buffers;
using Engine.Devices;
using Engine.Testing.Devices;

namespace Engine.Stores.Tests.Durability;

/// <summary>A wrapper that plays the part of a bug in the layers above; see <see cref="Mutation"/>.</summary>
internal sealed unsafe class MutantDevice : IBlockDevice, IDeviceSink
{
    private readonly IBlockDevice _inner;
    private readonly Mutation _mutation;
    private readonly DeviceBuffer _scratch = new(4096, 1);
    private readonly IoVector* _nothing;

    public MutantDevice(IBlockDevice inner, Mutation mutation)
    {
        _inner = inner;
        _mutation = mutation;
        _nothing = _scratch.Vectors((0, 0));
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
        if (_mutation is not (Mutation.NoFlush or Mutation.EarlyFlush) || request.Operation != DeviceOperation.Flush)
            return request;
        return new DeviceRequest
        {
            Operation = DeviceOperation.Read,
            Vectors = _nothing,
            VectorCount = 1,
            Token = request.Token,
            Sink = request.Sink,
        };
    }
}
