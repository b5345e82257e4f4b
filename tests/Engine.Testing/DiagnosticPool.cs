// A buffer pool that tests run over to catch misuse of memory.
//
// Ownership: owns the pool, and is its observer. A block returned goes to a quarantine before it can be rented again: it is
// filled
// with poison on return, and the poison is checked when it leaves quarantine and once more when it is rented; so a write after
// return is found whichever of both it hits. Reads after return show as poison bytes in whatever the test compares.
// What the pool itself detects always (stale handle, double return, return in flight) surfaces as InvariantException at the call.
// What is found here is kept until AssertClean or Dispose throws it: the call that happens to find it is rarely the guilty one.

using System.Diagnostics;
using System.Text;
using Engine.Buffers;

namespace Engine.Testing;

/// <summary>Owns a <see cref="BufferPool"/> that records owners and, on <see cref="Dispose"/>, fails on leaks and
/// misuse.</summary>
public sealed class DiagnosticPool : IDisposable
{
    /// <summary>Every byte of a returned block.</summary>
    public const byte Poison = 0xDD;

    private const int OwnersListed = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<BufferHandle, Owner> _owners = [];
    private readonly Queue<BufferHandle> _quarantine = new();
    private readonly HashSet<uint> _poisoned = [];
    private readonly List<string> _failures = [];
    private readonly int _quarantineBlocks;
    private readonly int _stackEvery;
    private long _rents;
    private bool _disposed;

    /// <summary>Creates the pool.</summary>
    /// <param name="blockCount">Blocks that can be rented at once; quarantine never makes it fewer.</param>
    /// <param name="blockBytes">Bytes of a block.</param>
    /// <param name="quarantineBlocks">Returned blocks held back at most, 0 for none.</param>
    /// <param name="stackEvery">Records the renter's stack at every n-th rent; model tests with millions of rents take
    /// 64.</param>
    /// <param name="magazineBlocks">As in <see cref="BufferPoolOptions"/>.</param>
    public DiagnosticPool(
        int blockCount, int blockBytes = 4096, int quarantineBlocks = 1024, int stackEvery = 1, int magazineBlocks = 0)
    {
        Invariant.That(quarantineBlocks >= 0 && stackEvery >= 1);
        _quarantineBlocks = quarantineBlocks;
        _stackEvery = stackEvery;
        Pool = new BufferPool(new BufferPoolOptions
        {
            BlockCount = blockCount,
            BlockBytes = blockBytes,
            HugePages = false,
            MagazineBlocks = magazineBlocks,
            Observer = new Observer(this),
        });
    }

    /// <summary>The pool to hand to what is tested.</summary>
    public BufferPool Pool { get; }

    /// <summary>Blocks rented and not returned.</summary>
    public int OutstandingCount
    {
        get
        {
            lock (_lock)
                return _owners.Count;
        }
    }

    /// <summary>Blocks held back after their return.</summary>
    public int QuarantinedCount
    {
        get
        {
            lock (_lock)
                return _quarantine.Count;
        }
    }

    /// <summary>Fails when any block is rented, naming who rented it, and on every misuse seen so far.</summary>
    public void AssertClean()
    {
        lock (_lock)
        {
            foreach (BufferHandle handle in _quarantine)
                CheckPoisonLocked(handle, Pool.KeptSpan(handle), "in quarantine");
            if (!ZeroDetector.IsZero(Pool.Span(Pool.ZeroBlock)))
                NoteLocked("the shared zero block was written");
            if (_owners.Count > 0)
                NoteLocked(DescribeOwnersLocked());
            if (_failures.Count == 0)
                return;
            string report = string.Join(Environment.NewLine, _failures);
            _failures.Clear();
            throw new InvariantException(report);
        }
    }

    /// <summary>Checks as <see cref="AssertClean"/> does, and frees the memory unless the kernel still owns some of it.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        bool inFlight;
        lock (_lock)
            inFlight = _owners.Keys.Any(Pool.IsInFlight);
        try
        {
            AssertClean();
        }
        finally
        {
            if (!inFlight)
                Pool.Dispose();
        }
    }

    private void Rented(BufferHandle handle, ReadOnlySpan<byte> block)
    {
        long ordinal = Interlocked.Increment(ref _rents);
        StackTrace? stack = ordinal % _stackEvery == 0 ? new StackTrace(1, fNeedFileInfo: false) : null;
        lock (_lock)
        {
            if (_poisoned.Remove(handle.Index))
                CheckPoisonLocked(handle, block, "before it was rented again");
            _owners.Add(handle, new Owner(stack, ordinal));
        }
    }

    private bool Returned(BufferHandle handle, Span<byte> block)
    {
        BufferHandle? released = null;
        lock (_lock)
        {
            if (!_owners.Remove(handle))
                NoteLocked($"block {handle.Index} was returned without having been rented");
            block.Fill(Poison);
            _poisoned.Add(handle.Index);
            if (_quarantineBlocks == 0)
                return false;
            _quarantine.Enqueue(handle);
            if (_quarantine.Count > _quarantineBlocks)
                released = LeaveQuarantineLocked();
        }

        if (released is { } oldest)
            Pool.Recycle(oldest);
        return true;
    }

    private bool RecycleOldest()
    {
        BufferHandle oldest;
        lock (_lock)
        {
            if (_quarantine.Count == 0)
                return false;
            oldest = LeaveQuarantineLocked();
        }

        Pool.Recycle(oldest);
        return true;
    }

    private BufferHandle LeaveQuarantineLocked()
    {
        BufferHandle handle = _quarantine.Dequeue();
        CheckPoisonLocked(handle, Pool.KeptSpan(handle), "in quarantine");
        return handle;
    }

    private void CheckPoisonLocked(BufferHandle handle, ReadOnlySpan<byte> block, string when)
    {
        int at = block.IndexOfAnyExcept(Poison);
        if (at >= 0)
            NoteLocked($"block {handle.Index} was written after its return: byte {at} is 0x{block[at]:X2} {when}");
    }

    private void NoteLocked(string failure) => _failures.Add(failure);

    private string DescribeOwnersLocked()
    {
        StringBuilder text = new();
        text.Append(_owners.Count).AppendLine(" blocks were never returned:");
        foreach ((BufferHandle handle, Owner owner) in _owners.OrderBy(pair => pair.Value.Ordinal).Take(OwnersListed))
        {
            text.Append("  block ").Append(handle.Index).Append(", generation ").Append(handle.Generation)
                .Append(", ").Append(Pool.ReferenceCount(handle)).Append(" references")
                .Append(Pool.IsInFlight(handle) ? ", in flight" : "").Append(", rented as number ").Append(owner.Ordinal)
                .AppendLine(owner.Stack is null ? " (stack not recorded)" : " by")
                .Append(owner.Stack);
        }

        return text.ToString();
    }

    private readonly record struct Owner(StackTrace? Stack, long Ordinal);

    private sealed class Observer(DiagnosticPool owner) : IBufferPoolObserver
    {
        public void OnRent(BufferHandle handle, Span<byte> block) => owner.Rented(handle, block);

        public bool OnReturn(BufferHandle handle, Span<byte> block) => owner.Returned(handle, block);

        public bool OnExhausted() => owner.RecycleOldest();
    }
}
