using Engine.Buffers;
using Engine.Objects;

namespace Engine.Cache;

/// <summary>One operation in flight at the store. Reused: the generation in its token tells a late or doubled completion
/// from the right one.</summary>
internal sealed class BackendIo
{
    public BackendIo(int slot) => Slot = slot;

    public int Slot { get; }

    public uint Generation { get; set; } = 1;

    public bool Active { get; set; }

    public BackendIoKind Kind { get; set; }

    public int Object { get; set; }

    public ObjectTarget Target { get; set; }

    public long Offset { get; set; }

    public long Length { get; set; }

    /// <summary>Payload of a read or write; holds references to its blocks.</summary>
    public BufferList? Data { get; set; }

    public int FirstPiece { get; set; }

    public int LastPiece { get; set; }

    /// <summary>Number of a write, in the order of issue.</summary>
    public long Issue { get; set; }

    public bool Fua { get; set; }

    public long ModifiedAt { get; set; }

    /// <summary>The thread that submits this read blocks for it.</summary>
    public bool CallerWaits { get; set; }

    /// <summary>A flush of the store failed while this write was in flight: the store may have done it before, and lost
    /// it.</summary>
    public bool Doubtful { get; set; }

    /// <summary>Flushes, write-throughs, discards and purges that wait for this operation.</summary>
    public List<Settlement> Waiters { get; } = [];

    /// <summary>What of a write those wait for who care how it ends.</summary>
    public List<CoveredPart> Parts { get; } = [];

    /// <summary>The discard that this operation belongs to.</summary>
    public DropRequest? Drop { get; set; }

    public ulong Token => ((ulong)Generation << 32) | (uint)Slot;
}
