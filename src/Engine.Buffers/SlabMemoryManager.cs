using System.Buffers;

namespace Engine.Buffers;

/// <summary>One region of a pool as <see cref="Memory{T}"/>; the pool owns the memory, so disposing this frees nothing.</summary>
internal sealed unsafe class SlabMemoryManager : MemoryManager<byte>
{
    private readonly byte* _start;
    private readonly int _length;

    public SlabMemoryManager(IoVector region)
    {
        _start = (byte*)region.Address;
        _length = checked((int)region.Length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_start, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        return new MemoryHandle(_start + elementIndex);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
