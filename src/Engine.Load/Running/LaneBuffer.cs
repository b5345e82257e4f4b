using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Load;

/// <summary>Makes the memory of a lane: pinned for good and aligned to 4 KiB, so that a volume without a cache can hand it to the
/// device as it is.</summary>
internal static class LaneBuffer
{
    private const int Alignment = 4096;

    public static unsafe Memory<byte> Create(int length, SeededRandom content)
    {
        byte[] array = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        int start = (int)((Alignment - (address & (Alignment - 1))) & (Alignment - 1));
        Memory<byte> memory = MemoryMarshal.CreateFromPinnedArray(array, start, length);
        content.NextBytes(memory.Span);
        return memory;
    }
}
