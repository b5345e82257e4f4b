using System.Runtime.InteropServices;

namespace Engine.Testing;

/// <summary>Which of this process's memory is there.</summary>
public static class ResidentMemory
{
    private const int PageBytes = 4096;

    /// <summary>Bytes of whole pages that are, of so many from a page's beginning on. Source: the kernel's pagemap.</summary>
    public static long Bytes(nint address, long length)
    {
        using FileStream map = File.OpenRead("/proc/self/pagemap");
        map.Position = address / PageBytes * sizeof(ulong);
        byte[] bytes = new byte[length / PageBytes * sizeof(ulong)];
        map.ReadExactly(bytes);
        long pages = 0;
        foreach (ulong entry in MemoryMarshal.Cast<byte, ulong>(bytes))
            pages += (long)(entry >> 63);
        return pages * PageBytes;
    }
}
