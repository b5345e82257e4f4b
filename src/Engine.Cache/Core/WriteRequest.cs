using System.Buffers;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>A write that waits for admission, for its commit, or both.</summary>
internal sealed unsafe class WriteRequest : CacheRequest<IoError>
{
    private byte* _pointer;
    private int _length;
    private ReadOnlySequence<byte> _sequence;

    public WriteRequest() => Settlement = new Settlement(this);

    public ExtentList Extents { get; } = new();

    public ObjectSet? Set { get; set; }

    public WriteOptions Options { get; set; }

    public Settlement Settlement { get; }

    /// <summary>Clock time stamp at which the write began to wait.</summary>
    public long BlockedSince { get; set; }

    public WriteSource Source =>
        _pointer != null ? new WriteSource(new ReadOnlySpan<byte>(_pointer, _length)) : new WriteSource(_sequence);

    public void SetSource(in ReadOnlySequence<byte> sequence) => _sequence = sequence;

    public void SetSource(byte* pointer, int length)
    {
        _pointer = pointer;
        _length = length;
    }

    protected override void Cancel(CancellationToken cancellation) => Cacher.CancelWrite(this, cancellation);

    protected override void Return()
    {
        Extents.Clear();
        Set = null;
        _sequence = default;
        _pointer = null;
        Cacher.Return(this);
    }
}
