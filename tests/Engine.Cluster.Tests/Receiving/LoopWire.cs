using Engine.Buffers;

namespace Engine.Cluster.Tests;

/// <summary>A wire that gives back what was sent, in parts as long as a test wants.</summary>
internal sealed unsafe class LoopWire(int capacity, Func<int, int>? part = null) : IWire
{
    private readonly UnmanagedArray<byte> _bytes = new(capacity);
    private int _from;
    private int _to;

    /// <summary>Who sends or receives nothing gets this instead of the end.</summary>
    public int Errno { get; set; }

    /// <summary>Ranges that were sent from or received into.</summary>
    public List<IoVector>? Seen { get; set; }

    /// <summary>Was the last call to wait until its ranges were full?</summary>
    public bool WasToFill { get; private set; }

    public void Put(ReadOnlySpan<byte> bytes)
    {
        _from = 0;
        _to = bytes.Length;
        bytes.CopyTo(_bytes.Span);
    }

    public long Send(ReadOnlySpan<IoVector> bytes)
    {
        int room = part is null ? int.MaxValue : part(capacity);
        int before = _to;
        foreach (IoVector vector in bytes)
        {
            int count = Math.Min((int)vector.Length, room - (_to - before));
            Seen?.Add(new IoVector(vector.Address, (nuint)count));
            new ReadOnlySpan<byte>((void*)vector.Address, count).CopyTo(_bytes.Span[_to..]);
            _to += count;
        }

        return _to == before ? -Errno : _to - before;
    }

    public long Receive(ReadOnlySpan<IoVector> room, bool fills = true)
    {
        WasToFill = fills;
        int most = Math.Min(_to - _from, part is null ? int.MaxValue : part(capacity));
        int before = _from;
        foreach (IoVector vector in room)
        {
            int count = Math.Min((int)vector.Length, most - (_from - before));
            Seen?.Add(new IoVector(vector.Address, (nuint)count));
            _bytes.Span.Slice(_from, count).CopyTo(new Span<byte>((void*)vector.Address, count));
            _from += count;
        }

        int received = _from - before;
        if (_from == _to)
            (_from, _to) = (0, 0);
        return received == 0 ? -Errno : received;
    }

    public void EndSend() => Errno = 0;

    public void Abort() => Errno = 0;

    public void Dispose() => _bytes.Dispose();
}
