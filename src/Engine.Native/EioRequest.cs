using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>
/// Mirror of <c>struct eio_request</c>; 56 bytes. <see cref="Vectors"/> and the memory it names live until completion.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct EioRequest
{
    /// <summary>Any value but <see cref="Shim.ReservedToken"/>.</summary>
    internal ulong Token;
    internal long Offset;
    internal ulong Length;
    internal EioVector* Vectors;
    internal uint VectorCount;
    internal EioOperation Operation;
    internal EioRequestFlags Flags;

    /// <summary>Index of the registered region that holds the single vector, or -1.</summary>
    internal int BufferIndex;
    internal ulong Reserved;
}
