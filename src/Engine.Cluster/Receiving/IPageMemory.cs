using System.Diagnostics.CodeAnalysis;
using Engine.Buffers;

namespace Engine.Cluster;

/// <summary>Where received pages are put. Any thread.</summary>
public interface IPageMemory
{
    /// <summary>Rents a block of <c>1 &lt;&lt; shift</c> bytes; false when there is none, or there are no such blocks. The one
    /// reference is the caller's.</summary>
    bool TryRent(int shift, [NotNullWhen(true)] out BufferPool? pool, out BufferHandle handle);
}
