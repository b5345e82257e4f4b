using System.Buffers;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>A read that could not be served at once.</summary>
internal sealed unsafe class ReadRequest : CacheRequest<IoResult>
{
    private byte* _pointer;
    private Memory<byte> _memory;
    private int _length;

    public ExtentList Extents { get; } = new();

    public ObjectSet? Set { get; set; }

    /// <summary>Index in the core's table.</summary>
    public int Id { get; set; }

    public int FirstWait { get; set; }

    public int LastWait { get; set; }

    /// <summary>Waits that are not satisfied.</summary>
    public int Unsatisfied { get; set; }

    /// <summary>Has missing units to ask for again.</summary>
    public bool Restarting { get; set; }

    /// <summary>Error of the lowest failed block, in request order.</summary>
    public IoError Error { get; set; }

    public int ErrorPosition { get; set; }

    /// <summary>Where the bytes go; empty to populate the cache only.</summary>
    public Span<byte> Destination => _pointer != null ? new Span<byte>(_pointer, _length) : _memory.Span;

    /// <summary>Nobody gets the bytes now: such a request waits for memory behind those where somebody does.</summary>
    public bool IsReadAhead => Destination.IsEmpty;

    public void SetDestination(Memory<byte> memory) => _memory = memory;

    public void SetDestination(byte* pointer, int length)
    {
        _pointer = pointer;
        _length = length;
    }

    protected override void Cancel(CancellationToken cancellation) => Cacher.CancelRead(this, cancellation);

    protected override void Return()
    {
        Extents.Clear();
        Set = null;
        _memory = default;
        _pointer = null;
        Error = default;
        Cacher.Return(this);
    }
}
