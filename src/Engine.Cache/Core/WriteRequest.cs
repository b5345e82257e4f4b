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
    private SequencePosition _position;
    private int _positionOffset;

    public WriteRequest() => Settlement = new Settlement(this);

    /// <summary>What is to be inserted: all of the write, or its next part.</summary>
    public ExtentList Extents { get; } = new();

    /// <summary>The parts of a write that is larger than one step inserts; null for any other.</summary>
    public ExtentWindows? Parts { get; set; }

    /// <summary>There is room for its next part, which waits for a turn of background work alone.</summary>
    public bool AwaitsTurn { get; set; }

    /// <summary>Some of it is in the cache.</summary>
    public bool Begun { get; set; }

    /// <summary>It ends when its bytes are committed: decided with its first part.</summary>
    public bool Settles { get; set; }

    public ObjectSet? Set { get; set; }

    public WriteOptions Options { get; set; }

    public Settlement Settlement { get; }

    /// <summary>Clock time stamp at which the write began to wait for admission; null while it does not.</summary>
    public long? BlockedSince { get; set; }

    /// <summary>It has waited for admission, and was counted.</summary>
    public bool WasBlocked { get; set; }

    /// <summary>Bytes of it that are not in the cache.</summary>
    public long BytesLeft { get; private set; }

    /// <summary>The bytes of the whole write, at the place where its last part ended.</summary>
    public WriteSource OpenSource() => _pointer != null
        ? new WriteSource(new ReadOnlySpan<byte>(_pointer, _length))
        : new WriteSource(_sequence, _position, _positionOffset);

    /// <summary>What <see cref="Extents"/> names is in the cache.</summary>
    public void NoteInserted(in WriteSource source)
    {
        BytesLeft -= Extents.TotalLength;
        (_position, _positionOffset) = (source.Position, source.Offset);
    }

    public void SetSource(in ReadOnlySequence<byte> sequence)
    {
        _sequence = sequence;
        _position = sequence.Start;
        BytesLeft = sequence.Length;
    }

    public void SetSource(byte* pointer, int length)
    {
        _pointer = pointer;
        _length = length;
        BytesLeft = length;
    }

    /// <summary>Goes on to the next part; false when the last one was inserted.</summary>
    public bool TryNextPart()
    {
        if (Parts is null || !Parts.TryNext(out ExtentList? part))
            return false;
        Extents.CopyFrom(part);
        return true;
    }

    protected override void Cancel(CancellationToken cancellation) => Cacher.CancelWrite(this, cancellation);

    protected override void Return()
    {
        Extents.Clear();
        Parts = null;
        AwaitsTurn = false;
        Begun = false;
        Settles = false;
        Set = null;
        _sequence = default;
        _position = default;
        _positionOffset = 0;
        _pointer = null;
        BlockedSince = null;
        WasBlocked = false;
        Cacher.Return(this);
    }
}
