using System.Runtime.InteropServices;

namespace Engine.Buffers;

/// <summary>One range of unmanaged memory in a gather or scatter list; the layout of <c>struct iovec</c> and of the shim's
/// <c>eio_vector</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct IoVector(nint Address, nuint Length);
