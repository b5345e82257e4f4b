using System.Runtime.InteropServices;

namespace Engine.Bench.Data;

/// <summary>Memory from the heap with a count of those that refer to it, as a raw buffer of the original has.</summary>
internal sealed unsafe class SeedBuffer(int bytes)
{
    private byte* _start = (byte*)NativeMemory.Alloc((nuint)bytes);
    private int _references = 1;

    /// <summary>Part of it.</summary>
    public Span<byte> Span(int offset, int length) => new(_start + offset, length);

    public SeedBuffer Retain()
    {
        _references++;
        return this;
    }

    public void Release()
    {
        if (--_references > 0)
            return;
        NativeMemory.Free(_start);
        _start = null;
    }
}
