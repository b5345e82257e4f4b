using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata.Tests;

/// <summary>Memory that ends where nothing may be touched, and, in whole pages of 4 KiB, begins there too: a read beyond it ends
/// the process.</summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private const int SystemPage = 4096;
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private static readonly nint s_libc = NativeLibrary.Load("libc.so.6");

    private static readonly delegate* unmanaged<nint, nuint, int, int, int, long, nint> s_map =
        (delegate* unmanaged<nint, nuint, int, int, int, long, nint>)NativeLibrary.GetExport(s_libc, "mmap");

    private static readonly delegate* unmanaged<nint, nuint, int, int> s_protect =
        (delegate* unmanaged<nint, nuint, int, int>)NativeLibrary.GetExport(s_libc, "mprotect");

    private static readonly delegate* unmanaged<nint, nuint, int> s_unmap =
        (delegate* unmanaged<nint, nuint, int>)NativeLibrary.GetExport(s_libc, "munmap");

    private readonly nint _start;
    private readonly nuint _length;

    public GuardedMemory(int bytes)
    {
        nuint inner = (nuint)((bytes + SystemPage - 1) / SystemPage * SystemPage);
        _length = inner + (2 * SystemPage);
        _start = s_map(0, _length, ProtectNone, PrivateAnonymous, -1, 0);
        Invariant.That(_start > 0);
        Invariant.That(s_protect(_start + SystemPage, inner, ProtectReadWrite) == 0);
        Address = _start + SystemPage + (nint)inner - bytes;
        Bytes = bytes;
    }

    /// <summary>The first byte; the guard follows the last.</summary>
    public nint Address { get; }

    public int Bytes { get; }

    public Span<byte> Span => new((byte*)Address, Bytes);

    public void Dispose()
    {
        int result = s_unmap(_start, _length);
        Invariant.That(result == 0);
    }
}
