using System.IO.Pipelines;
using Engine.Objects;

namespace Engine.Stores;

/// <summary>How a <see cref="MemoryStore"/> runs.</summary>
public sealed record MemoryStoreOptions
{
    /// <summary>Where completions run; null completes inside the submitting call.</summary>
    public PipeScheduler? Scheduler { get; init; }

    /// <summary>What the store claims to be; alignments are enforced.</summary>
    public BackendCapabilities Capabilities { get; init; } = new() { HasSparse = true, HasReplace = true };

    /// <summary>Most bytes of memory for content; a write beyond ends with ENOSPC.</summary>
    public long BytesMax { get; init; } = 1L << 30;

    /// <summary>Largest object in bytes; a write or truncate beyond ends with EFBIG.</summary>
    public long ObjectBytesMax { get; init; } = 1L << 30;
}
