using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>Mirror of <c>struct eio_completion</c>: bytes moved, or a negative errno.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EioCompletion
{
    internal ulong Token;
    internal long Result;
}
