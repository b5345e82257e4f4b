namespace Engine.Buffers;

/// <summary>How a <see cref="BufferPool"/> is laid out; fixed for its life.</summary>
public sealed record BufferPoolOptions
{
    /// <summary>Bytes of a block: a power of two from 64 to 2 MiB. Blocks are aligned to their own size.</summary>
    public int BlockBytes { get; init; } = 4096;

    /// <summary>Blocks that can be rented at once; at least 1. The shared zero block comes on top.</summary>
    public required int BlockCount { get; init; }

    /// <summary>Advises the kernel to back the memory with 2 MiB pages: at once with <see cref="PreTouchBytes"/>, else
    /// from <see cref="HugePage.WorthBytes"/> in use on.</summary>
    public bool HugePages { get; init; } = true;

    /// <summary>Faults so many bytes of the blocks that are rented first in at construction, so that they pay for no page fault;
    /// <see cref="long.MaxValue"/> for all.</summary>
    public long PreTouchBytes { get; init; }

    /// <summary>Free blocks that each core may keep for itself; 0 turns the magazines off, and rents are then last in, first
    /// out. They pay where many threads rent without a lock in common; a cache rents under its own lock, in which the central
    /// list is not contended, so that the volumes leave them off.</summary>
    public int MagazineBlocks { get; init; }

    /// <summary>Watches rents and returns; for diagnostics, since it is called on every one of them.</summary>
    public IBufferPoolObserver? Observer { get; init; }
}
