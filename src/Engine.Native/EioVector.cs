using System.Runtime.InteropServices;

namespace Engine.Native;

/// <summary>Mirror of <c>struct eio_vector</c>: address and length in bytes, laid out as <c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EioVector
{
    internal ulong Address;
    internal ulong Length;
}
