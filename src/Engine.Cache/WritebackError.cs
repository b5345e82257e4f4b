using Engine.Buffers;

namespace Engine.Cache;

/// <summary>A write of dirty data, or a read that was to complete it to whole units of the store, failed, or a flush of the store
/// after which what was written may be lost; nobody but the cache answers for the data.</summary>
/// <param name="Set">The set.</param>
/// <param name="ObjectNumber">The object within it.</param>
/// <param name="Offset">First byte of the range, which may hold newer data by now.</param>
/// <param name="Length">Bytes of the range.</param>
/// <param name="Error">What the store said.</param>
/// <param name="Attempt">Failures in a row of this object, or of the store's flush, from 1 on; several that end together count as
/// one.</param>
public sealed record WritebackError(ObjectSet Set, long ObjectNumber, long Offset, long Length, IoError Error, int Attempt)
{
    /// <summary>What happens where nobody decides: a store that refuses this client altogether fails the set, all else is tried
    /// again.</summary>
    public WritebackAction DefaultAction =>
        Error == IoError.Shutdown || Error == IoError.ReadOnly ? WritebackAction.FailSet : WritebackAction.Retry;
}
