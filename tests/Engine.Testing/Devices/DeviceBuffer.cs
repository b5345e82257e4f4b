using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>Aligned unmanaged memory with one vector array, enough to build device requests in tests.</summary>
public sealed unsafe class DeviceBuffer : IDisposable
{
    private readonly byte* _memory;
    private readonly IoVector* _vectors;
    private readonly int _vectorsMax;
    private int _vectorsUsed;
    private bool _disposed;

    /// <summary>Allocates <paramref name="length"/> zero bytes, 4 KiB aligned, and room for <paramref name="vectorsMax"/>
    /// vectors.</summary>
    public DeviceBuffer(int length, int vectorsMax = 1024)
    {
        Length = length;
        _vectorsMax = vectorsMax;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), 4096);
        NativeMemory.Clear(_memory, (nuint)length);
        _vectors = (IoVector*)NativeMemory.AllocZeroed((nuint)vectorsMax, (nuint)sizeof(IoVector));
    }

    public int Length { get; }

    public nint Address => (nint)_memory;

    public Span<byte> Span => new(_memory, Length);

    /// <summary>Makes the vectors (start, length) available to requests and returns the first.</summary>
    public IoVector* Vectors(params ReadOnlySpan<(int Start, int Length)> slices)
    {
        if (_vectorsUsed + slices.Length > _vectorsMax)
            throw new InvalidOperationException("the buffer's vectors are used up; call ResetVectors");
        IoVector* first = _vectors + _vectorsUsed;
        foreach ((int start, int length) in slices)
            _vectors[_vectorsUsed++] = new IoVector(Address + start, (nuint)length);
        return first;
    }

    /// <summary>Frees all vectors for reuse; no request may be in flight.</summary>
    public void ResetVectors() => _vectorsUsed = 0;

    /// <summary>A read of <paramref name="length"/> bytes at <paramref name="offset"/> into the memory at
    /// <paramref name="start"/>.</summary>
    public DeviceRequest Read(long offset, int start, int length, ulong token = 0, IDeviceSink? sink = null) =>
        Transfer(DeviceOperation.Read, offset, start, length, false, token, sink);

    /// <summary>A write of <paramref name="length"/> bytes at <paramref name="offset"/> from the memory at
    /// <paramref name="start"/>.</summary>
    public DeviceRequest Write(
        long offset, int start, int length, ulong token = 0, IDeviceSink? sink = null, bool fua = false) =>
        Transfer(DeviceOperation.Write, offset, start, length, fua, token, sink);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_vectors);
    }

    private DeviceRequest Transfer(
        DeviceOperation operation, long offset, int start, int length, bool fua, ulong token, IDeviceSink? sink) =>
        new()
        {
            Operation = operation,
            Fua = fua,
            Offset = offset,
            Length = length,
            Vectors = Vectors((start, length)),
            VectorCount = 1,
            Token = token,
            Sink = sink,
        };
}
