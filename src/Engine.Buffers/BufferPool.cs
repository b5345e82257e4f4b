// A fixed set of equal, aligned blocks of unmanaged memory, sized once and never grown.
//
// Ownership: the pool owns one mapping of 2 MiB pages for payload and one array of block states. Block 0 does not exist; blocks
// 1 .. BlockCount can be rented; block BlockCount + 1 is the zero block. A block belongs to whoever holds references to it.
// Invariants, checked on every call in Release too:
//   - a handle's generation equals its block's generation, else the handle is stale (the generation moves on at the last release,
//     so double release and use after return are stale uses);
//   - references are 0 exactly while a block is free; the last reference never goes while the kernel has the block in flight;
//   - every free block is in exactly one place: a magazine, the central list, or kept by the observer.
// Threads: all members but Dispose may be called from any thread. The central list is a lock-free stack with a tag against ABA;
// magazines are tried, never waited for, except by a thief when the central list is empty.

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engine.Buffers;

/// <summary>
/// A fixed set of equal blocks of unmanaged memory with counted references. Exhaustion is an operating condition (a rent is
/// refused); stale handles, double release and release of a block that the kernel still owns are invariant failures.
/// </summary>
public sealed unsafe partial class BufferPool : IDisposable
{
    /// <summary>Largest run of memory in one entry of <see cref="Regions"/>: what the kernel registers as one buffer.</summary>
    private const long RegionBytesMax = 1L << 30;

    private readonly UnmanagedArray<BlockState> _stateArray;
    private readonly IBufferPoolObserver? _observer;
    private readonly IoVector[] _regions;
    private readonly SlabMemoryManager[] _memories;
    private readonly int _blockShift;
    private readonly nuint _mappedBytes;
    private readonly uint _zeroIndex;

    /// <summary>The block whose first rent makes huge pages worth their clearing; 0 where they are there from the beginning, or
    /// never.</summary>
    private readonly long _hugeAt;
    private BlockState* _states;
    private byte* _memory;

    /// <summary>Blocks that exist, the zero block included; 0 once disposed, which makes every handle stale.</summary>
    private uint _blocks;

    /// <summary>Maps and lays out the memory.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no room for the mapping.</exception>
    public BufferPool(BufferPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Invariant.That(BitOperations.IsPow2(options.BlockBytes));
        Invariant.That(options.BlockBytes is >= 64 and <= HugePage.Bytes);
        Invariant.That(options.BlockCount is >= 1 and < int.MaxValue - 2);
        Invariant.That(options.MagazineBlocks >= 0 && options.PreTouchBytes >= 0);

        BlockBytes = options.BlockBytes;
        BlockCount = options.BlockCount;
        _blockShift = BitOperations.Log2((uint)options.BlockBytes);
        _observer = options.Observer;
        _blocks = (uint)options.BlockCount + 1;
        _zeroIndex = _blocks;
        _mappedBytes = HugePage.RoundUp((nuint)_blocks << _blockShift);
        _hugeAt = options.HugePages && options.PreTouchBytes == 0 ? HugePage.WorthBytes >> _blockShift : 0;
        _memory = SlabMemory.Map(_mappedBytes, options.HugePages && _hugeAt == 0, (nuint)options.PreTouchBytes);
        _stateArray = new UnmanagedArray<BlockState>((int)_blocks + 1, isSparse: options.PreTouchBytes == 0);
        _states = _stateArray.Pointer;
        _regions = DescribeRegions();
        _memories = Array.ConvertAll(_regions, static region => new SlabMemoryManager(region));
        InitializeMagazines(options.MagazineBlocks);
        _states[_zeroIndex].Word = (1UL << 32) | BlockState.ReferenceOne;
        ZeroBlock = new BufferHandle(_zeroIndex, 1);
    }

    /// <summary>Bytes of every block: a power of two; blocks are aligned to it.</summary>
    public int BlockBytes { get; }

    /// <summary>Blocks that can be rented at once.</summary>
    public int BlockCount { get; }

    /// <summary>
    /// A block of zeroes that is always held and must never be written. Retain, release and the in-flight marks accept it and
    /// count nothing, so that sharing it costs no contention.
    /// </summary>
    public BufferHandle ZeroBlock { get; }

    /// <summary>All memory that blocks lie in, for registration with a ring; a block lies wholly inside one entry.</summary>
    public ReadOnlySpan<IoVector> Regions => _regions;

    /// <summary>Counts payload bytes copied by this pool's lists, and by whoever else adds to it.</summary>
    public PayloadCopyCounter Copies { get; } = new();

    /// <summary>Payload bytes copied so far; see <see cref="Copies"/>.</summary>
    public long PayloadBytesCopied => Copies.Total;

    /// <summary>The block's first byte. Valid while the caller's reference lasts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Address(BufferHandle handle)
    {
        // Index 0 wraps around and fails the range check as well.
        uint slot = handle.Index - 1;
        if (slot >= _blocks || BlockState.Generation(_states[handle.Index].Word) != handle.Generation)
            FailStale(handle);
        return _memory + ((nuint)slot << _blockShift);
    }

    /// <summary>The whole block, <see cref="BlockBytes"/> long. Valid while the caller's reference lasts.</summary>
    public Span<byte> Span(BufferHandle handle) => new(Address(handle), BlockBytes);

    /// <summary>
    /// The whole block as memory, for interfaces that cannot take a span. Checked now, not on later use: it must not be touched
    /// after the caller's reference is gone.
    /// </summary>
    public Memory<byte> Memory(BufferHandle handle)
    {
        long offset = OffsetOf(handle);
        return _memories[offset / RegionBytesMax].Memory.Slice((int)(offset % RegionBytesMax), BlockBytes);
    }

    /// <summary>True when the whole range lies inside the pool's memory: how tests prove that a transfer made no copy.</summary>
    public bool Contains(nint address, nuint length)
    {
        nuint start = (nuint)address - (nuint)_memory;
        return _blocks != 0 && (nuint)address >= (nuint)_memory && start <= _mappedBytes && length <= _mappedBytes - start;
    }

    /// <summary>
    /// Says that bytes of the block were changed through its span or address, so that checksums cached by any list over
    /// it are taken anew. <see cref="BufferList.CopyFrom"/> and <see cref="ClearInFlight"/> do it themselves.
    /// </summary>
    public void NoteWritten(BufferHandle handle)
    {
        BlockState* state = Live(handle);
        Interlocked.Increment(ref state->ContentVersion);
    }

    /// <summary>
    /// Frees the memory. A block still in flight is an invariant failure, since the kernel would write into freed memory; blocks
    /// still rented become stale handles.
    /// </summary>
    public void Dispose()
    {
        if (_blocks == 0)
            return;
        for (uint index = 1; index <= (uint)_givenOut; index++)
        {
            if (BlockState.InFlight(Volatile.Read(ref _states[index].Word)) != 0)
                Invariant.Fail($"pool disposed while block {index} is in flight");
        }

        _blocks = 0;
        SlabMemory.Unmap(_memory, _mappedBytes);
        _memory = null;
        _states = null;
        _stateArray.Dispose();
        DisposeMagazines();
    }

    /// <summary>Moves on when the block's bytes may have changed; cached checksums remember it.</summary>
    internal uint ContentVersion(BufferHandle handle) => Volatile.Read(ref Live(handle)->ContentVersion);

    /// <summary>Offset of a block from the start of the mapping.</summary>
    internal long OffsetOf(BufferHandle handle) => Address(handle) - _memory;

    private void FailStale(BufferHandle handle)
    {
        if (handle.IsNull)
            Invariant.Fail("the null handle names no block");
        if (_blocks == 0)
            Invariant.Fail($"block {handle.Index} used after its pool was disposed");
        if (handle.Index > _blocks)
            Invariant.Fail($"block {handle.Index} is not one of this pool's {_blocks}");
        uint generation = BlockState.Generation(_states[handle.Index].Word);
        Invariant.Fail($"stale handle: block {handle.Index} is in generation {generation}, the handle in {handle.Generation}");
    }

    private BlockState* Live(BufferHandle handle)
    {
        BlockState* state = _states + handle.Index;
        if (handle.Index - 1 >= _blocks || BlockState.Generation(Volatile.Read(ref state->Word)) != handle.Generation)
            FailStale(handle);
        return state;
    }

    private IoVector[] DescribeRegions()
    {
        long total = (long)_mappedBytes;
        IoVector[] regions = new IoVector[(total + RegionBytesMax - 1) / RegionBytesMax];
        for (int region = 0; region < regions.Length; region++)
        {
            long start = region * RegionBytesMax;
            regions[region] = new IoVector((nint)(_memory + start), (nuint)Math.Min(RegionBytesMax, total - start));
        }

        return regions;
    }
}
