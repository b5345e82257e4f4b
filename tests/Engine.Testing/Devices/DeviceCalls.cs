using Engine.Buffers;
using Engine.Devices;

namespace Engine.Testing.Devices;

/// <summary>Short forms of synchronous requests for tests; they copy and may be slow.</summary>
public static class DeviceCalls
{
    public static IoResult WriteBytes(this IBlockDevice device, long offset, ReadOnlySpan<byte> bytes, bool fua = false)
    {
        using var buffer = new DeviceBuffer(bytes.Length, 1);
        bytes.CopyTo(buffer.Span);
        return device.Execute(buffer.Write(offset, 0, bytes.Length, fua: fua));
    }

    /// <summary>Reads exactly <paramref name="length"/> bytes or fails.</summary>
    public static byte[] ReadBytes(this IBlockDevice device, long offset, int length)
    {
        using var buffer = new DeviceBuffer(length, 1);
        IoResult result = device.Execute(buffer.Read(offset, 0, length));
        if (result.Failed || result.Bytes != length)
            throw new IOException($"read of {length} at {offset}: {result}");
        return buffer.Span.ToArray();
    }

    public static IoResult Flush(this IBlockDevice device) => device.Execute(FlushRequest());

    public static IoResult Discard(this IBlockDevice device, long offset, long length) =>
        device.Execute(RangeRequest(DeviceOperation.Discard, offset, length));

    public static IoResult WriteZeroes(this IBlockDevice device, long offset, long length) =>
        device.Execute(RangeRequest(DeviceOperation.WriteZeroes, offset, length));

    public static DeviceRequest FlushRequest(ulong token = 0, IDeviceSink? sink = null) =>
        new() { Operation = DeviceOperation.Flush, Token = token, Sink = sink };

    /// <summary>A discard or write-zeroes.</summary>
    public static DeviceRequest RangeRequest(
        DeviceOperation operation, long offset, long length, ulong token = 0, IDeviceSink? sink = null) =>
        new() { Operation = operation, Offset = offset, Length = length, Token = token, Sink = sink };
}
