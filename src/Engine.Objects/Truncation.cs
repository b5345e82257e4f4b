namespace Engine.Objects;

/// <summary>Truncation state passed verbatim with each read and write of an object; a size of 0 or <c>ulong.MaxValue</c> means
/// none (specification of the object cache, 1.2).</summary>
public readonly record struct Truncation(ulong Size, uint Sequence);
