namespace Engine.Native.Tests;

public sealed unsafe class FileTests
{
    private const int Block = 4096;
    private const int Length = 8 * Block;

    [Fact]
    public void OpenErrorsComeBackAsNegativeErrno()
    {
        Assert.Equal(-2, EioFileHandle.Open("/no/such/file", EioOpenFlags.None, out var file)); // ENOENT
        Assert.Null(file);
        Assert.Equal(-21, EioFileHandle.Open("/", EioOpenFlags.None, out _)); // EISDIR
        Assert.Equal(-15, EioFileHandle.Open("/dev/null", EioOpenFlags.None, out _)); // ENOTBLK
    }

    [Fact]
    public void AnExclusiveFileIsBusyUntilClosed()
    {
        using var temporary = new TemporaryFile(Length);
        Assert.Equal(-16, EioFileHandle.Open(temporary.Path, EioOpenFlags.Exclusive, out _)); // EBUSY
        temporary.File.Dispose();
        Assert.Equal(0, EioFileHandle.Open(temporary.Path, EioOpenFlags.Exclusive, out var second));
        second!.Dispose();
    }

    [Fact]
    public void PathsOfAnyScriptAreOpened()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Größe-尺-" + Path.GetRandomFileName());
        try
        {
            Assert.Equal(0, EioFileHandle.Open(path, EioOpenFlags.Write | EioOpenFlags.Create, out var file));
            file!.Dispose();
            Assert.True(File.Exists(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void GeometryDescribesTheFile()
    {
        using var temporary = new TemporaryFile(Length);
        Assert.Equal(0, temporary.File.Geometry(out var geometry));
        Assert.Equal(EioKind.File, geometry.Kind);
        Assert.Equal((ulong)Length, geometry.Capacity);
        Assert.Equal(geometry.LogicalBlock, geometry.OffsetAlignment);
        Assert.InRange(geometry.MemoryAlignment, 1u, 4096u);
        Assert.InRange(geometry.PhysicalBlock, geometry.LogicalBlock, 1u << 20);
        Assert.Equal(0u, geometry.ReadOnly);
        Assert.Equal(1u, geometry.WriteCache);
    }

    [Fact]
    public void WhatWasTransferredComesBack()
    {
        using var temporary = new TemporaryFile(Length);
        using var memory = new MappedMemory(Length);
        for (var i = 0; i < Length; i++)
            memory.Bytes[i] = (byte)(i * 7 / 3);
        var expected = memory.Bytes.ToArray();
        var vectors = stackalloc[] { memory.Vector(0, Block), memory.Vector(Block, Length - Block) };

        Assert.Equal(Length, temporary.File.Transfer(EioOperation.Write, EioRequestFlags.Fua, vectors, 2, 0));
        Assert.Equal(0, temporary.File.Flush());
        Assert.Equal(0, temporary.File.Sync());
        memory.Bytes.Clear();
        Assert.Equal(Length, temporary.File.Transfer(EioOperation.Read, EioRequestFlags.None, vectors, 2, 0));
        Assert.True(memory.Bytes.SequenceEqual(expected));

        // Over the end: short; at the end: nothing; a bad operation: refused.
        Assert.Equal(Block, temporary.File.Transfer(EioOperation.Read, EioRequestFlags.None, vectors, 2, Length - Block));
        Assert.Equal(0, temporary.File.Transfer(EioOperation.Read, EioRequestFlags.None, vectors, 2, Length));
        Assert.Equal(-22, temporary.File.Transfer(EioOperation.Flush, EioRequestFlags.None, vectors, 2, 0)); // EINVAL
    }

    [Fact]
    public void DiscardedAndZeroedRangesReadAsZerosAndTheRestStays()
    {
        using var temporary = new TemporaryFile(Length);
        using var memory = new MappedMemory(Length);
        memory.Bytes.Fill(0x5a);
        var vector = memory.Vector(0, Length);
        Assert.Equal(Length, temporary.File.Transfer(EioOperation.Write, EioRequestFlags.None, &vector, 1, 0));
        Assert.Equal(0, temporary.File.Discard(Block, Block));
        Assert.Equal(0, temporary.File.WriteZeroes(3 * Block, Block));
        Assert.Equal(Length, temporary.File.Transfer(EioOperation.Read, EioRequestFlags.None, &vector, 1, 0));
        for (var i = 0; i < Length; i++)
            Assert.Equal(i / Block is 1 or 3 ? 0 : 0x5a, memory.Bytes[i]);
    }

    [Fact]
    public void ADisposedHandleThrows()
    {
        using var temporary = new TemporaryFile(Length);
        temporary.File.Dispose();
        Assert.Throws<ObjectDisposedException>(() => temporary.File.Flush());
    }
}
