using Engine.Native;

namespace Engine.Buffers;

/// <summary>The one place where Engine takes unmanaged memory from the system: zeroed, 2 MiB aligned, in whole 2 MiB
/// pages.</summary>
internal static unsafe class SlabMemory
{
    /// <summary>Maps zeroed memory and faults in its first <paramref name="touch"/> bytes; <paramref name="length"/> must be a
    /// multiple of <see cref="HugePage.Bytes"/>.</summary>
    /// <exception cref="InsufficientMemoryException">The system has no room for the mapping.</exception>
    public static byte* Map(nuint length, bool hugePages, nuint touch)
    {
        Invariant.That(length > 0 && length % HugePage.Bytes == 0);
        int result = Shim.MemoryMap(length, hugePages ? 1 : 0, touch, out ulong address);
        if (result < 0)
            throw new InsufficientMemoryException($"cannot map {length} bytes for buffers: {IoError.FromResult(result)}");
        Invariant.That(address != 0 && address % HugePage.Bytes == 0);
        return (byte*)address;
    }

    /// <summary>Goes over to huge pages in a mapping made without, in its place: what has grown beyond small use.</summary>
    public static void UseHugePages(byte* address, nuint length)
    {
        int result = Shim.MemoryUseHuge((ulong)address, length);
        Invariant.That(result == 0);
    }

    /// <summary>Gives a mapping back.</summary>
    public static void Unmap(byte* address, nuint length)
    {
        int result = Shim.MemoryUnmap((ulong)address, length);
        Invariant.That(result == 0);
    }
}
