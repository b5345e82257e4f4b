namespace Engine.Cache;

/// <summary>What a release could not drop, in bytes: dirty or being written, and being read.</summary>
public readonly record struct ReleaseResult(long DirtyOrTxBytes, long RxBytes);
