namespace Engine.Metadata;

/// <summary>A client's request under way, as operators see it. Source: migrator specification, 7.6 (ops).</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Tid">The client's number for it.</param>
/// <param name="Op">What was asked.</param>
/// <param name="Base">Where the path begins; the root where that is none.</param>
/// <param name="Path">The path, as text.</param>
/// <param name="BeganMicros">When it came, by the rank's clock.</param>
/// <param name="WaitsFor">What it waits for on an object; none while it waits for its event to be durable, for memory, or for
/// its turn.</param>
/// <param name="At">The object: a dirfrag, or the number of an inode; empty where it waits on none.</param>
/// <param name="Region">The root of what stands still there, or of the subtree whose authority is in doubt; null where neither
/// is so.</param>
/// <param name="Awaits">What it waits for, in words, on an object or not.</param>
public sealed record OperationInfo(
    ClientId Client, ulong Tid, ClientOp Op, Ino Base, string Path, long BeganMicros, WaitMask WaitsFor, string At,
    DirFrag? Region, string Awaits)
{
    /// <summary>Does it wait on an object?</summary>
    public bool IsBlocked => WaitsFor != WaitMask.None;
}
