namespace Engine.Native.Tests;

/// <summary>Memory mapped by the shim for the length of a test.</summary>
internal sealed unsafe class MappedMemory : IDisposable
{
    private readonly ulong _address;
    private readonly int _length;

    internal MappedMemory(int length)
    {
        _length = length;
        Assert.Equal(0, Shim.MemoryMap((ulong)length, hugePages: 0, touch: 1, out _address));
    }

    internal Span<byte> Bytes => new((void*)_address, _length);

    internal EioVector Vector(int offset, int length) => new() { Address = _address + (ulong)offset, Length = (ulong)length };

    public void Dispose() => Assert.Equal(0, Shim.MemoryUnmap(_address, (ulong)_length));
}
