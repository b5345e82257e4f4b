using Engine.Buffers;

namespace Engine.Cache;

/// <summary>The outcome of a flush: the first error, and whether there was nothing to flush.</summary>
public readonly record struct FlushResult(IoError Error, bool AlreadyClean);
