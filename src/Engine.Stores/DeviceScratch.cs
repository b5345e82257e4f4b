using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Aligned memory for the few synchronous transfers of format, open and check; transfers are completed or an
/// error.</summary>
internal sealed unsafe class DeviceScratch : IDisposable
{
    private const int Alignment = 4096;

    private readonly IBlockDevice _device;
    private readonly UnmanagedArray<byte> _memory;
    private readonly UnmanagedArray<IoVector> _vectors;
    private readonly byte* _start;
    private readonly int _length;

    public DeviceScratch(IBlockDevice device, int length)
    {
        _device = device;
        _length = length;
        _vectors = new UnmanagedArray<IoVector>(1 + (length / Alignment));
        _memory = new UnmanagedArray<byte>(length + Alignment);
        _start = (byte*)(((nuint)_memory.Pointer + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public Span<byte> Bytes => new(_start, _length);

    public IoError Read(long offset, int start, int length) => Transfer(_device, DeviceOperation.Read, offset, start, length);

    public IoError Write(long offset, int start, int length) => Transfer(_device, DeviceOperation.Write, offset, start, length);

    /// <summary>Reads from another device than the scratch was made for.</summary>
    public IoError Read(IBlockDevice device, long offset, int start, int length) =>
        Transfer(device, DeviceOperation.Read, offset, start, length);

    public IoError Flush() => _device.Execute(new DeviceRequest { Operation = DeviceOperation.Flush }).Error;

    /// <summary>A request for the asynchronous read of one block to the memory's start.</summary>
    public DeviceRequest ReadRequest(long offset, int start, ulong token, IDeviceSink sink) =>
        BlockRequest(DeviceOperation.Read, offset, start, token, sink);

    /// <summary>A request for the asynchronous write of one block.</summary>
    public DeviceRequest WriteRequest(long offset, int start, bool fua, ulong token, IDeviceSink sink) =>
        BlockRequest(DeviceOperation.Write, offset, start, token, sink) with { Fua = fua };

    /// <summary>A request for the asynchronous read of whole blocks; nothing synchronous is under way meanwhile.</summary>
    public DeviceRequest ReadRequest(long offset, int start, int length, IDeviceSink sink)
    {
        Invariant.That(start >= 0 && start % Alignment == 0 && length > 0 && start <= _length - length);
        _vectors[0] = new IoVector((nint)(_start + start), (nuint)length);
        return new DeviceRequest
        {
            Operation = DeviceOperation.Read,
            Offset = offset,
            Length = length,
            Vectors = _vectors.Pointer,
            VectorCount = 1,
            Sink = sink,
        };
    }

    public void Dispose()
    {
        _memory.Dispose();
        _vectors.Dispose();
    }

    /// <summary>The vector stands behind the one of the synchronous transfers, one for each block.</summary>
    private DeviceRequest BlockRequest(DeviceOperation operation, long offset, int start, ulong token, IDeviceSink sink)
    {
        Invariant.That(start >= 0 && start % Alignment == 0 && start <= _length - Alignment);
        int vector = 1 + (start / Alignment);
        _vectors[vector] = new IoVector((nint)(_start + start), Alignment);
        return new DeviceRequest
        {
            Operation = operation,
            Offset = offset,
            Length = Alignment,
            Vectors = _vectors.Pointer + vector,
            VectorCount = 1,
            Token = token,
            Sink = sink,
        };
    }

    private IoError Transfer(IBlockDevice device, DeviceOperation operation, long offset, int start, int length)
    {
        Invariant.That(start >= 0 && length >= 0 && start <= _length - length);
        int done = 0;
        while (done < length)
        {
            _vectors[0] = new IoVector((nint)(_start + start + done), (nuint)(length - done));
            IoResult result = device.Execute(new DeviceRequest
            {
                Operation = operation,
                Offset = offset + done,
                Length = length - done,
                Vectors = _vectors.Pointer,
                VectorCount = 1,
            });
            if (result.Failed)
                return result.Error;
            int moved = (int)result.Bytes;
            // Whole blocks only: what follows must start aligned.
            int progress = done + moved >= length ? moved : moved - (moved % device.Geometry.LogicalBlock);
            if (progress <= 0)
                return IoError.Io;
            done += progress;
        }

        return IoError.None;
    }
}
