// One operation of a cache at the manual backend: what was asked, the memory handed over, and how it was reported. It belongs to
// the backend; the memory stays the cache's and is marked in flight until the report.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Testing.Cache;

/// <summary>
/// One operation that a <see cref="ManualBackend"/> was given. It keeps the addresses of the caller's memory, as a device
/// would: a completion moves bytes through them, whatever has become of the list meanwhile.
/// </summary>
public sealed class PendingOperation
{
    private readonly Submission _submission;
    private readonly BufferPool? _pool;
    private readonly BufferHandle[] _marked;

    internal PendingOperation(PendingKind kind, ObjectTarget target, Submission submission, BufferList? data)
    {
        Kind = kind;
        Target = target;
        _submission = submission;
        _pool = data?.Pool;
        Vectors = data is null ? [] : VectorsOf(data);
        _marked = data is null ? [] : MarkInFlight(data);
    }

    /// <summary>Position in the order of issue, from 0.</summary>
    public long Sequence { get; internal init; }

    public PendingKind Kind { get; }

    public ObjectTarget Target { get; }

    /// <summary>Key of the object's bytes in the backend's stores; the object number for objects of the prefix
    /// <c>s</c>.</summary>
    public long ObjectNumber { get; internal init; }

    public long Offset { get; internal init; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; internal init; }

    /// <summary>First byte behind the range.</summary>
    public long End => Offset + Length;

    public bool Fua { get; internal init; }

    /// <summary>A read that its submitter says to block for.</summary>
    public bool CallerWaits { get; internal init; }

    /// <summary>The thread that submitted it.</summary>
    public int Thread { get; } = Environment.CurrentManagedThreadId;

    public DateTimeOffset ModifiedAt { get; internal init; }

    /// <summary>When the operation was issued, by the backend's clock.</summary>
    public TimeSpan IssuedAt { get; internal init; }

    /// <summary>What a write carried at issue; empty for other kinds.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>The bytes that a read answers when they were fixed at its issue or by the test; null means the store's content at
    /// completion.</summary>
    public byte[]? Answer { get; internal set; }

    /// <summary>The memory that the caller handed over, as given to a device.</summary>
    public IReadOnlyList<IoVector> Vectors { get; }

    public bool IsCompleted { get; private set; }

    /// <summary>The store has done the change, and owes the report.</summary>
    public bool IsDone => Done is not null;

    /// <summary>The outcome that was reported, once completed.</summary>
    public IoResult Result { get; private set; }

    /// <summary>The outcome of a change that the store has done and not reported.</summary>
    public IoResult? Done { get; internal set; }

    /// <summary>How many store changes had completed when a flush was issued: these it makes durable.</summary>
    internal int ChangesCovered { get; set; }

    /// <summary>True when the ranges share a byte of one object.</summary>
    public bool Overlaps(PendingOperation other) =>
        ObjectNumber == other.ObjectNumber && Offset < other.End && other.Offset < End;

    /// <summary>For example <c>write A 0~4K</c>: what tests compare.</summary>
    public override string ToString()
    {
        string name = ObjectNumber is >= 0 and < 26 ? ((char)('A' + ObjectNumber)).ToString() : Target.Key?.Name ?? "?";
        return Kind switch
        {
            PendingKind.Flush => "flush",
            PendingKind.Write when Fua => $"write {name} {RangeText.Format(Offset, Length)} fua",
            PendingKind.WriteZeroes => $"zero {name} {RangeText.Format(Offset, Length)}",
            PendingKind.Read or PendingKind.Write or PendingKind.Discard =>
                $"{Kind.ToString().ToLowerInvariant()} {name} {RangeText.Format(Offset, Length)}",
            _ => $"{Kind.ToString().ToLowerInvariant()} {name}",
        };
    }

    internal void CaptureBytes() => Bytes = Gather();

    /// <summary>What the caller's memory holds now.</summary>
    internal unsafe byte[] Gather()
    {
        byte[] bytes = new byte[Length];
        int at = 0;
        foreach (IoVector vector in Vectors)
        {
            new ReadOnlySpan<byte>((void*)vector.Address, (int)vector.Length).CopyTo(bytes.AsSpan(at));
            at += (int)vector.Length;
        }

        return bytes;
    }

    /// <summary>Puts bytes into the caller's memory, from its start.</summary>
    internal unsafe void Scatter(ReadOnlySpan<byte> bytes)
    {
        foreach (IoVector vector in Vectors)
        {
            int count = Math.Min((int)vector.Length, bytes.Length);
            bytes[..count].CopyTo(new Span<byte>((void*)vector.Address, count));
            bytes = bytes[count..];
        }
    }

    internal void Finish(IoResult result)
    {
        Invariant.That(!IsCompleted, "an operation is completed once");
        IsCompleted = true;
        Result = result;
        foreach (BufferHandle handle in _marked)
            _pool!.ClearInFlight(handle);
    }

    internal void Report() => _submission.Complete(Result);

    private static IoVector[] VectorsOf(BufferList data)
    {
        IoVector[] vectors = new IoVector[data.VectorCount];
        Invariant.That(data.CopyVectors(vectors) == vectors.Length);
        return vectors;
    }

    private static BufferHandle[] MarkInFlight(BufferList data)
    {
        BufferHandle[] handles = new BufferHandle[data.SegmentCount];
        for (int i = 0; i < handles.Length; i++)
        {
            handles[i] = data[i].Handle;
            data.Pool.MarkInFlight(handles[i]);
        }

        return handles;
    }
}
