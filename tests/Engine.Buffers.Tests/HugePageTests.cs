using System.Globalization;
using System.Runtime.CompilerServices;
using Engine.Testing;

namespace Engine.Buffers.Tests;

/// <summary>Memory that is filled in order costs what is used of it, and lies on huge pages once much of it is.</summary>
public sealed unsafe class HugePageTests
{
    private const int PageBytes = 4096;
    private const int LittleBytes = 16 * PageBytes;

    [Fact]
    public void APool_OfWhichLittleIsUsed_TakesLittle_AndMuchOfItLiesOnHugePages()
    {
        if (!CanTell())
            return;
        const int BlockBytes = 4096;
        using BufferPool pool = new(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = 1 << 20 });
        List<BufferHandle> held = Rented(pool, LittleBytes / BlockBytes);
        nint start = pool.Regions[0].Address;
        Assert.Equal(LittleBytes, ResidentMemory.Bytes(start, HugePage.Bytes));
        Assert.False(IsAdvised(start));

        held.AddRange(Rented(pool, (2 * HugePage.Bytes - LittleBytes) / BlockBytes));
        Assert.True(IsAdvised(start));
        Assert.True(IsAdvised(start + (3 * HugePage.Bytes)));
        for (int i = 0; i < held.Count; i++)
        {
            Assert.Equal((byte)held[i].Index, pool.Span(held[i])[0]);
            pool.Release(held[i]);
        }
    }

    [Fact]
    public void APoolThatIsTouchedAtOnce_LiesOnHugePagesAtOnce()
    {
        if (!CanTell())
            return;
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 1024, PreTouchBytes = long.MaxValue });
        Assert.True(IsAdvised(pool.Regions[0].Address));
        Assert.Equal(HugePage.Bytes, ResidentMemory.Bytes(pool.Regions[0].Address, HugePage.Bytes));
    }

    [Fact]
    public void APoolThatIsTouchedInPart_HasThatPart_AndLiesOnHugePagesAtOnce()
    {
        if (!CanTell())
            return;
        const long Touched = 2 * HugePage.Bytes;
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 4096, PreTouchBytes = Touched });
        nint start = pool.Regions[0].Address;
        Assert.True(IsAdvised(start));
        Assert.Equal(Touched, ResidentMemory.Bytes(start, 4 * HugePage.Bytes));
        Rented(pool, 4096).ForEach(pool.Release);
    }

    [Fact]
    public void APoolOfSmallPages_NeverLiesOnHugePages()
    {
        using BufferPool pool = new(new BufferPoolOptions { BlockCount = 1024, HugePages = false });
        Rented(pool, 1024).ForEach(pool.Release);
        Assert.False(IsAdvised(pool.Regions[0].Address));
    }

    [Fact]
    public void ASparseArray_TakesWhatIsUsed_AndKeepsItOnHugePages()
    {
        if (!CanTell())
            return;
        using UnmanagedArray<byte> array = new(4 * HugePage.Bytes, isSparse: true);
        using UnmanagedArray<byte> dense = new(4 * HugePage.Bytes);
        nint start = (nint)array.Pointer;
        array[0] = 1;
        array[PageBytes] = 2;
        Assert.Equal(2 * PageBytes, ResidentMemory.Bytes(start, array.Length));
        Assert.False(IsAdvised(start));
        Assert.True(IsAdvised((nint)dense.Pointer));

        array.UseHugePages();
        array.UseHugePages();
        Assert.True(IsAdvised(start));
        Assert.Equal(start, (nint)array.Pointer);
        Assert.Equal((1, 2), (array[0], array[PageBytes]));
        array[0] = array[PageBytes] = 0;
        Assert.Equal(-1, array.Span.IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200_000)]
    public void ASparseArray_TooSmallForHugePages_IsLeftAsItIs_AndGrows(int length)
    {
        if (!CanTell())
            return;
        using UnmanagedArray<byte> array = new(length, isSparse: true);
        array[length - 1] = 7;
        array.Grow(length + HugePage.Bytes);
        Assert.Equal(7, array[length - 1]);
        Assert.False(IsAdvised((nint)array.Pointer));
        array.UseHugePages();
        Assert.True(IsAdvised((nint)array.Pointer));
        Assert.Equal(length - 1, array.Span.IndexOfAnyExcept((byte)0));
    }

    private static List<BufferHandle> Rented(BufferPool pool, int count)
    {
        List<BufferHandle> rented = [];
        for (int i = 0; i < count; i++)
        {
            Assert.True(pool.TryRent(out BufferHandle handle));
            pool.Span(handle)[0] = (byte)handle.Index;
            rented.Add(handle);
        }

        return rented;
    }

    /// <summary>Can small pages and huge ones be told apart here? A kernel may have none, or take them unasked.</summary>
    private static bool CanTell([CallerMemberName] string test = "")
    {
        const string Setting = "/sys/kernel/mm/transparent_hugepage/enabled";
        if (File.Exists(Setting) && File.ReadAllText(Setting).Contains("[madvise]", StringComparison.Ordinal))
            return true;
        TestSkip.Because("the kernel does not take huge pages where they are asked for, and only there", test: test);
        return false;
    }

    /// <summary>Has the kernel been told that huge pages are wanted there?</summary>
    private static bool IsAdvised(nint address)
    {
        bool isHere = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string first = line[..Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal))];
            if (first.Contains('-', StringComparison.Ordinal))
            {
                nint[] range = [.. first.Split('-').Select(part => nint.Parse(part, NumberStyles.HexNumber))];
                isHere = range[0] <= address && address < range[1];
            }
            else if (isHere && first == "VmFlags:")
            {
                return line.Split(' ').Contains("hg");
            }
        }

        throw new InvalidOperationException($"nothing is mapped at {address:x}");
    }
}
