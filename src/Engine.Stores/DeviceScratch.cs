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
    private readonly UnmanagedArray<IoVector> _vector = new(1);
    private readonly byte* _start;
    private readonly int _length;

    public DeviceScratch(IBlockDevice device, int length)
    {
        _device = device;
        _length = length;
        _memory = new UnmanagedArray<byte>(length + Alignment);
        _start = (byte*)(((nuint)_memory.Pointer + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public Span<byte> Bytes => new(_start, _length);

    public IoError Read(long offset, int start, int length) => Transfer(DeviceOperation.Read, offset, start, length);

    public IoError Write(long offset, int start, int length) => Transfer(DeviceOperation.Write, offset, start, length);

    public IoError Flush() => _device.Execute(new DeviceRequest { Operation = DeviceOperation.Flush }).Error;

    public void Dispose()
    {
        _memory.Dispose();
        _vector.Dispose();
    }

    private IoError Transfer(DeviceOperation operation, long offset, int start, int length)
    {
        Invariant.That(start >= 0 && length >= 0 && start <= _length - length);
        int done = 0;
        while (done < length)
        {
            _vector[0] = new IoVector((nint)(_start + start + done), (nuint)(length - done));
            IoResult result = _device.Execute(new DeviceRequest
            {
                Operation = operation,
                Offset = offset + done,
                Length = length - done,
                Vectors = _vector.Pointer,
                VectorCount = 1,
            });
            if (result.Failed)
                return result.Error;
            int moved = (int)result.Bytes;
            // Whole blocks only: what follows must start aligned.
            int progress = done + moved >= length ? moved : moved - (moved % _device.Geometry.LogicalBlock);
            if (progress <= 0)
                return IoError.Io;
            done += progress;
        }

        return IoError.None;
    }
}
