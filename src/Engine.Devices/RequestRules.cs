using Engine.Buffers;

namespace Engine.Devices;

/// <summary>
/// What every device demands of a request, so that all engines refuse the same things with the same errno: EINVAL for a
/// misaligned offset, length or buffer, for vectors that do not add up and for an unknown operation; EROFS for a change to a
/// read-only device; ENOSPC for a change past the end. A read past the end is legal and short.
/// </summary>
internal sealed unsafe class RequestRules
{
    private readonly long _capacity;
    private readonly long _blockMask;
    private readonly nuint _memoryMask;
    private readonly int _vectorsMax;
    private readonly bool _readOnly;

    public RequestRules(DeviceGeometry geometry)
    {
        Invariant.That(long.IsPow2(geometry.LogicalBlock) && int.IsPow2(geometry.MemoryAlignment));
        _capacity = geometry.Capacity;
        _blockMask = geometry.LogicalBlock - 1;
        _memoryMask = (nuint)(geometry.MemoryAlignment - 1);
        _vectorsMax = geometry.VectorsMax;
        _readOnly = geometry.IsReadOnly;
    }

    public IoError Check(in DeviceRequest request)
    {
        switch (request.Operation)
        {
            case DeviceOperation.Flush:
                return IoError.None;
            case DeviceOperation.Read:
                return CheckRange(request).Failed ? IoError.Invalid : CheckVectors(request);
            case DeviceOperation.Write:
            {
                IoError error = CheckChange(request);
                return error.Failed ? error : CheckVectors(request);
            }

            case DeviceOperation.Discard:
            case DeviceOperation.WriteZeroes:
                return CheckChange(request);
            default:
                return IoError.Invalid;
        }
    }

    /// <summary>Bytes of a read that lie on the device; a file may be longer than its last whole block.</summary>
    public long Clip(in DeviceRequest request, long bytes) => Math.Min(bytes, Math.Max(0, _capacity - request.Offset));

    private IoError CheckRange(in DeviceRequest request) =>
        request.Offset < 0 || request.Length < 0 || ((request.Offset | request.Length) & _blockMask) != 0
        || request.Offset > long.MaxValue - request.Length
            ? IoError.Invalid
            : IoError.None;

    private IoError CheckChange(in DeviceRequest request)
    {
        if (CheckRange(request).Failed)
            return IoError.Invalid;
        if (_readOnly)
            return IoError.ReadOnly;
        return request.Offset + request.Length > _capacity ? IoError.NoSpace : IoError.None;
    }

    private IoError CheckVectors(in DeviceRequest request)
    {
        if (request.VectorCount < 1 || request.VectorCount > _vectorsMax || request.Vectors == null)
            return IoError.Invalid;
        ulong left = (ulong)request.Length;
        for (int i = 0; i < request.VectorCount; i++)
        {
            IoVector vector = request.Vectors[i];
            if ((((nuint)vector.Address | vector.Length) & _memoryMask) != 0 || vector.Length > left)
                return IoError.Invalid;
            left -= vector.Length;
        }

        return left == 0 ? IoError.None : IoError.Invalid;
    }
}
