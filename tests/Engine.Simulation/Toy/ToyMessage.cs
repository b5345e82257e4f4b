using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>What the toy's clients and server say. Words that a kind does not use are 0.</summary>
/// <param name="Kind">What is said.</param>
/// <param name="Request">The client's request number, or the number of a recall.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value written or read.</param>
internal sealed record ToyMessage(ToyMessageKind Kind, long Request, int Key, long Value) : Message
{
    /// <summary>The same in every process.</summary>
    public ulong Digest() =>
        TraceHash.Mix(((ulong)Kind << 48) ^ (ulong)Request, ((ulong)(uint)Key << 40) ^ (ulong)Value);
}
