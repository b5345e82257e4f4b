using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>The layout is the format: sizes and places are what is stored and sent.</summary>
public sealed unsafe class PageLayoutTests
{
    [Fact]
    public void Structures_HaveTheirSizes()
    {
        Assert.Equal(64, sizeof(PageHeader));
        Assert.Equal(8, sizeof(RecordHeader));
        Assert.Equal(256, sizeof(DirRecord));
        Assert.Equal(72, sizeof(DentryFields));
        Assert.Equal(440, sizeof(InodeFields));
        Assert.Equal(512, sizeof(EntryRecord));
        Assert.Equal(96, sizeof(LinkRecord));
        Assert.Equal(64, sizeof(CapRecord));
        Assert.Equal(32, sizeof(ExtRecord));
        Assert.Equal(24, sizeof(ChunkRecord));
        Assert.Equal(32, sizeof(FragStat));
        Assert.Equal(40, sizeof(RecursiveStat));
        Assert.Equal(24, sizeof(ReplicaSet));
    }

    [Theory]
    [InlineData(typeof(PageHeader))]
    [InlineData(typeof(DirRecord))]
    [InlineData(typeof(DentryFields))]
    [InlineData(typeof(InodeFields))]
    [InlineData(typeof(LinkRecord))]
    [InlineData(typeof(ExtRecord))]
    [InlineData(typeof(ChunkRecord))]
    [InlineData(typeof(CapRecord))]
    [InlineData(typeof(FragStat))]
    [InlineData(typeof(RecursiveStat))]
    public void Fields_AreAlignedAndApart(Type type)
    {
        var fields = type
            .GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public)
            .Select(field => (field.Name, Offset: (int)Marshal.OffsetOf(type, field.Name), Bytes: BytesOf(field.FieldType)))
            .OrderBy(field => field.Offset)
            .ToList();
        Assert.NotEmpty(fields);
        for (int i = 0; i < fields.Count; i++)
        {
            Assert.Equal(0, fields[i].Offset % Math.Min(fields[i].Bytes & -fields[i].Bytes, 8));
            // A cap's wanted bits lie over the name length that its record header has no use for.
            if (i > 0 && fields[i].Name != nameof(CapRecord.Wanted))
                Assert.True(fields[i - 1].Offset + fields[i - 1].Bytes <= fields[i].Offset, fields[i].Name);
        }
    }

    [Fact]
    public void ExtHead_LiesAtOnePlaceInEveryRecordThatHasIt()
    {
        int dir = (int)Marshal.OffsetOf<DirRecord>(nameof(DirRecord.ExtHead));
        int dentry = (int)Marshal.OffsetOf<DentryFields>(nameof(DentryFields.ExtHead));
        Assert.Equal((12, 12), (dir, dentry));
    }

    [Fact]
    public void Crc_LiesWhereItsConstantSays() =>
        Assert.Equal(PageHeader.CrcOffset, (int)Marshal.OffsetOf<PageHeader>(nameof(PageHeader.Crc)));

    private static int BytesOf(Type type)
    {
        Type at = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        return (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(at).Invoke(null, null)!;
    }
}
