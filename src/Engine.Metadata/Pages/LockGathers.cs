using System.Runtime.CompilerServices;

namespace Engine.Metadata;

/// <summary>For each lock of <see cref="LockStates"/> the ranks whose answer is awaited, bit r for rank r.</summary>
[InlineArray(LockStates.Count)]
public struct LockGathers
{
    private ulong _first;
}
