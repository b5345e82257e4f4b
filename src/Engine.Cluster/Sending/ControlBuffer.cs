using System.Buffers;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>Frames without pages, one behind the other, in memory that stays where it is.</summary>
internal sealed class ControlBuffer : IBufferWriter<byte>
{
    private const int BytesAtFirst = 16 << 10;

    /// <summary>What an empty buffer keeps.</summary>
    private const int BytesKept = 1 << 20;

    private byte[] _bytes = Allocate(BytesAtFirst);

    /// <summary>Bytes of all frames.</summary>
    public int Count { get; private set; }

    /// <summary>Frames.</summary>
    public int Frames { get; private set; }

    /// <summary>All frames.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Count);

    /// <summary>Where they lie.</summary>
    public IoVector Vector => new(Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0), (nuint)Count);

    /// <summary>Begins a frame; what is written then is its body.</summary>
    public int Begin()
    {
        int start = Count;
        _ = GetSpan(FrameHeader.Bytes);
        Count += FrameHeader.Bytes;
        return start;
    }

    /// <summary>Ends the frame that began there.</summary>
    public void End(int start, FrameKind kind, uint transfer = 0)
    {
        Span<byte> frame = _bytes.AsSpan(start, Count - start);
        Span<byte> body = frame[FrameHeader.Bytes..];
        new FrameHeader(kind, BodyBytes: body.Length, Transfer: transfer, BodyCrc: Crc32C.Append(0, body)).Write(frame);
        Frames++;
    }

    /// <summary>Takes a frame back that was begun there.</summary>
    public void Cut(int start) => Count = start;

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        Count = 0;
        Frames = 0;
        if (_bytes.Length > BytesKept)
            _bytes = Allocate(BytesAtFirst);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        Invariant.That(count >= 0 && count <= _bytes.Length - Count);
        Count += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    private static byte[] Allocate(int bytes) => GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    private void Reserve(int bytes)
    {
        int needed = checked(Count + Math.Max(bytes, 1));
        if (needed <= _bytes.Length)
            return;
        byte[] larger = Allocate(Math.Max(needed, 2 * _bytes.Length));
        Written.CopyTo(larger);
        _bytes = larger;
    }
}
