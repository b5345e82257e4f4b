// A fixed set of operation slots with their vector arrays.
//
// Ownership: a rented slot belongs to its renter until it is returned. The vectors and the zero block live until the slab is
// closed and the last slot is home, whichever comes later, since the kernel may still read them.
// Invariants: a slot is either on the free list or rented; _rented counts the rented ones and those about to be.
using Engine.Buffers;

namespace Engine.Stores;

internal sealed unsafe class OperationSlab : IDisposable
{
    /// <summary>Size of <see cref="ZeroBlock"/>.</summary>
    public const int ZeroBytes = 64 << 10;

    private const int Nobody = -1;
    private const int ZeroAlignment = 4096;

    private readonly StoreOperation[] _operations;
    private readonly int[] _next;
    private readonly UnmanagedArray<IoVector> _vectors;
    private readonly UnmanagedArray<byte> _zeroMemory = new(ZeroBytes + ZeroAlignment);

    /// <summary>Head of the free list: the slot in the low half, a count of changes in the high half against a stale
    /// exchange.</summary>
    private long _head;
    private int _rented;
    private int _freed;
    private volatile bool _closed;

    public OperationSlab(int operationsMax, int vectorsPerOperation)
    {
        Invariant.That(operationsMax > 0 && vectorsPerOperation > 0);
        VectorsPerOperation = vectorsPerOperation;
        _operations = new StoreOperation[operationsMax];
        _next = new int[operationsMax];
        _vectors = new UnmanagedArray<IoVector>(checked(operationsMax * vectorsPerOperation));
        for (int index = 0; index < operationsMax; index++)
            _next[index] = index + 1 < operationsMax ? index + 1 : Nobody;
    }

    public int VectorsPerOperation { get; }

    /// <summary>Zeros to write from, aligned; shared by all operations and never changed.</summary>
    public nint ZeroBlock => ((nint)_zeroMemory.Pointer + ZeroAlignment - 1) & ~(nint)(ZeroAlignment - 1);

    public int Rented => Volatile.Read(ref _rented);

    public ref StoreOperation this[int index] => ref _operations[index];

    public IoVector* VectorsOf(int index)
    {
        Invariant.That((uint)index < (uint)_operations.Length);
        return _vectors.Pointer + ((nint)index * VectorsPerOperation);
    }

    /// <summary>Takes a free slot; ESHUTDOWN after <see cref="Dispose"/>, EAGAIN when all are taken.</summary>
    public IoError Rent(out int index)
    {
        // Counted before the check: a close that does not see the count is seen by the check.
        Interlocked.Increment(ref _rented);
        IoError error = IoError.Shutdown;
        index = Nobody;
        if (!_closed)
        {
            index = Pop();
            error = index == Nobody ? IoError.Again : IoError.None;
        }

        if (error.Failed)
        {
            Leave();
            return error;
        }

        ref StoreOperation operation = ref _operations[index];
        Invariant.That(!operation.IsBusy);
        operation.IsBusy = true;
        return IoError.None;
    }

    public void Return(int index)
    {
        ref StoreOperation operation = ref _operations[index];
        Invariant.That(operation.IsBusy);
        operation = new StoreOperation { Generation = operation.Generation + 1 };
        Push(index);
        Leave();
    }

    /// <summary>Refuses new operations; frees the memory as soon as the last one is done.</summary>
    public void Dispose()
    {
        _closed = true;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _rented) == 0)
            Free();
    }

    private int Pop()
    {
        while (true)
        {
            long head = Volatile.Read(ref _head);
            int index = (int)head;
            if (index == Nobody)
                return Nobody;
            if (Interlocked.CompareExchange(ref _head, Changed(head, Volatile.Read(ref _next[index])), head) == head)
                return index;
        }
    }

    private void Push(int index)
    {
        while (true)
        {
            long head = Volatile.Read(ref _head);
            Volatile.Write(ref _next[index], (int)head);
            if (Interlocked.CompareExchange(ref _head, Changed(head, index), head) == head)
                return;
        }
    }

    private static long Changed(long head, int index) => (((head >> 32) + 1) << 32) | (uint)index;

    private void Leave()
    {
        if (Interlocked.Decrement(ref _rented) == 0 && _closed)
            Free();
    }

    private void Free()
    {
        if (Interlocked.Exchange(ref _freed, 1) != 0)
            return;
        _vectors.Dispose();
        _zeroMemory.Dispose();
    }
}
