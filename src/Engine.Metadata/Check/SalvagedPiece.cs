namespace Engine.Metadata;

/// <summary>What one source says of a part of a directory.</summary>
/// <param name="Frag">The part.</param>
/// <param name="Record">What the source says of the dirfrag itself, its version among it.</param>
/// <param name="IsWhole">There are no other names in that part, by this source.</param>
/// <param name="IsStored">The source is an object of the store, and not the journal.</param>
/// <param name="Entries">The names.</param>
internal sealed record SalvagedPiece(
    Frag Frag, DirRecord Record, bool IsWhole, bool IsStored, IReadOnlyList<SalvagedEntry> Entries);
