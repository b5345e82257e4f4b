// Records that go out together: one range of a segment, a few device requests at most.
//
// Ownership: a write belongs to its log, which fills it under its lock until it is sealed, and not again before it is free. The
// staging memory and the vectors live as long as the write; payload that is written in place is held by slices of its lists.
// Invariants: staged bytes and runs alternate in the order of positions, and every run begins and ends at a unit, in the log as
// in the staging memory; what is sealed is a whole number of units.
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

internal sealed unsafe class LogWrite : IDisposable
{
    private const int Alignment = 4096;
    private const int VectorsAtFirst = 64;

    private readonly int _unit;
    private readonly List<BufferList> _held = [];
    private readonly UnmanagedArray<IoVector> _vectors = new(VectorsAtFirst);
    private UnmanagedArray<byte> _memory;
    private byte* _stage;
    private int _capacity;
    private int _staged;
    private int _pieceStart;
    private int _vectorCount;
    private int _firstVector;
    private long _sent;
    private bool _isMarked;

    public LogWrite(int capacity, int unit)
    {
        _unit = unit;
        _memory = Allocate(capacity);
    }

    /// <summary>Position of the first byte; a multiple of the unit.</summary>
    public long Start { get; private set; }

    /// <summary>Bytes of the range; a multiple of the unit once sealed.</summary>
    public long Length { get; private set; }

    /// <summary>End of the last record.</summary>
    public long End { get; set; }

    /// <summary>Durable on completion.</summary>
    public bool Fua { get; set; }

    /// <summary>Completed by the device.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Durable on the device.</summary>
    public bool IsOnMedium { get; set; }

    public IBlockDevice? Device { get; set; }

    /// <summary>Where on the device <see cref="Start"/> lies.</summary>
    public long DeviceOffset { get; set; }

    /// <summary>Empties the write; makes room for <paramref name="stagedBytes"/> at least.</summary>
    public void Begin(long start, int stagedBytes)
    {
        if (stagedBytes > _capacity)
        {
            _memory.Dispose();
            _memory = Allocate(stagedBytes);
        }

        Start = start;
        End = start;
        Length = 0;
        Fua = IsWritten = IsOnMedium = false;
        Device = null;
        (_staged, _pieceStart, _vectorCount, _firstVector, _sent) = (0, 0, 0, 0, 0);
    }

    public bool HasRoom(int stagedBytes) => stagedBytes <= _capacity - _unit - _staged;

    /// <summary>The next bytes, to be filled by the caller.</summary>
    public Span<byte> Stage(int length)
    {
        Invariant.That(length <= _capacity - _staged);
        var span = new Span<byte>(_stage + _staged, length);
        _staged += length;
        Length += length;
        return span;
    }

    /// <summary>Takes a run of whole, aligned units over; the slice is the write's from here on.</summary>
    public void Hold(BufferList run)
    {
        Invariant.That(_staged % _unit == 0 && run.Length % _unit == 0);
        PushStaged();
        Reserve(run.SegmentCount);
        for (int index = 0; index < run.SegmentCount; index++)
        {
            Span<byte> bytes = run.SegmentSpan(index);
            fixed (byte* first = bytes)
                _vectors[_vectorCount++] = new IoVector((nint)first, (nuint)bytes.Length);
        }

        _held.Add(run);
        Length += run.Length;
    }

    /// <summary>Pads to a whole unit; nothing more comes.</summary>
    public void Seal()
    {
        int padding = (int)(-Length & (_unit - 1));
        Stage(padding).Clear();
        PushStaged();
        foreach (BufferList run in _held)
            run.MarkInFlight();
        _isMarked = true;
    }

    /// <summary>The request for what is still to be written.</summary>
    public DeviceRequest NextRequest(IDeviceSink sink, ulong token)
    {
        int count = Math.Min(_vectorCount - _firstVector, Device!.Geometry.VectorsMax);
        long length = 0;
        for (int index = 0; index < count; index++)
            length += (long)_vectors[_firstVector + index].Length;
        return new DeviceRequest
        {
            Operation = DeviceOperation.Write,
            Fua = Fua,
            Offset = DeviceOffset + _sent,
            Length = length,
            Vectors = _vectors.Pointer + _firstVector,
            VectorCount = count,
            Token = token,
            Sink = sink,
        };
    }

    /// <summary>Takes the outcome of a request: true when all is written, or with the error that ends it; false when there is
    /// more.</summary>
    public bool TryFinish(IoResult result, out IoError error)
    {
        error = result.Error;
        if (error.Failed)
            return true;
        // The rest must begin on a unit; what was moved of a partial one is moved again.
        long moved = result.Bytes - (result.Bytes % _unit);
        if (moved <= 0)
        {
            error = IoError.Io;
            return true;
        }

        _sent += moved;
        Skip(moved);
        return _sent == Length;
    }

    /// <summary>Lets the payload go.</summary>
    public void Release()
    {
        foreach (BufferList run in _held)
        {
            if (_isMarked)
                run.ClearInFlight();
            run.Dispose();
        }

        _held.Clear();
        _isMarked = false;
    }

    public void Dispose()
    {
        Release();
        _memory.Dispose();
        _vectors.Dispose();
    }

    private void PushStaged()
    {
        if (_staged == _pieceStart)
            return;
        Reserve(1);
        _vectors[_vectorCount++] = new IoVector((nint)(_stage + _pieceStart), (nuint)(_staged - _pieceStart));
        _pieceStart = _staged;
    }

    private void Reserve(int more)
    {
        if (_vectorCount + more > _vectors.Length)
            _vectors.Grow(Math.Max(_vectors.Length * 2, _vectorCount + more));
    }

    private void Skip(long moved)
    {
        while (moved > 0)
        {
            IoVector vector = _vectors[_firstVector];
            if ((nuint)moved < vector.Length)
            {
                _vectors[_firstVector] = new IoVector(vector.Address + (nint)moved, vector.Length - (nuint)moved);
                return;
            }

            moved -= (long)vector.Length;
            _firstVector++;
        }
    }

    private UnmanagedArray<byte> Allocate(int capacity)
    {
        var memory = new UnmanagedArray<byte>(capacity + Alignment);
        _stage = (byte*)(((nuint)memory.Pointer + Alignment - 1) & ~(nuint)(Alignment - 1));
        _capacity = capacity;
        return memory;
    }
}
