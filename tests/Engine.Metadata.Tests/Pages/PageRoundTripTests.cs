using System.Buffers.Binary;
using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>Catalogue, part A: what is stored is what comes back.</summary>
public sealed unsafe class PageRoundTripTests
{
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 100)]
    [InlineData(3, 10, 5000)]
    [InlineData(4, 100, ExtLimits.BytesMax)]
    [InlineData(5, 400, 2000)]
    public void MG005_RegionsComeBackWithEveryField(ulong seed, int entries, int extBytesMax)
    {
        using var pages = new PageFixture(bytesMax: 64 << 20);
        using var validator = new PageValidator();
        var region = new Region(seed, entries, extBytesMax);
        using PageChain chain = region.Build(pages.Pool);
        region.Verify(chain);
        byte[] stored = Region.Stored(chain);
        IoError error = PageChain.TryLoad(
            pages.Pool, stored, PageFixture.Frag, PageKind.Dirfrag, validator, out PageChain? loaded, out PageProblem problem);
        Assert.Equal((IoError.None, default), (error, problem));
        using (loaded)
        {
            region.Verify(loaded!);
            Assert.Equal(stored, Region.Stored(loaded!));
            Assert.Equal(chain.BytesUsed, loaded!.BytesUsed);
        }
    }

    [Fact]
    public void MG005_LongestNamesAndXattrsAndAllReplicasComeBack()
    {
        using var pages = new PageFixture(bytesMax: 64 << 20);
        using var validator = new PageValidator();
        var region = new Region(9, 64, 100);
        foreach (RegionItem item in region.Items.Where(item => item.Kind == RecordKind.Entry))
            item.Ext[(int)ExtKind.Xattrs] = PageFixture.Bytes(item.Entry.Inode.Ino.Value, ExtLimits.BytesMax);
        Assert.Contains(region.Items, item => item.Name.Length == 255);
        Assert.Contains(region.Items, item => item.Entry.Dentry.Replicas.Count == 64);
        Assert.Contains(region.Items, item => item.Entry.Dentry.Replicas.Count == 0);
        Assert.Contains(region.Items, item => item.Entry.Dentry.Last != SnapId.NoSnap.Value);
        Assert.Contains(region.Items, item => item.Linkage == DentryLinkage.Remote);
        Assert.Contains(region.Items, item => item.Kind == RecordKind.Link && item.Linkage == DentryLinkage.Null);
        using PageChain chain = region.Build(pages.Pool);
        Assert.True(chain.Pages.ToArray().Concat(chain.ExtPages.ToArray()).DistinctBy(page => page.SizeClass).Count() > 1);
        using BufferList list = chain.Share();
        IoError error = PageChain.TryLoad(
            pages.Pool, list, PageFixture.Frag, PageKind.Dirfrag, validator, out PageChain? loaded, out PageProblem problem);
        Assert.Equal((IoError.None, default), (error, problem));
        using (loaded)
            region.Verify(loaded!);
    }

    [Fact]
    public void Capabilities_LieOnPagesOfTheirOwn()
    {
        using var pages = new PageFixture();
        Assert.True(pages.Pool.TryRent(1, out PageId id));
        MetadataPage page = MetadataPage.Format(pages.Pool.Address(id), 1, PageKind.Cap, PageFixture.Frag, 7);
        int count = 0;
        for (; page.TryAdd(RecordKind.Cap, CapRecord.Bytes, 0, out ushort slot); count++)
            ((CapRecord*)page.Record(slot))->CapId = (ulong)count;
        Assert.Equal((4096 - 64) / (64 + 2), count);
        for (int i = 0; i < count; i++)
            Assert.Equal((ulong)i, ((CapRecord*)page.Record(i))->CapId);
        pages.Pool.Return(id);
    }

    [Fact]
    public void MG008_ALaterMinorVersionKeepsItsUnknownFields()
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        byte[] stored = LaterMinorPage(out byte[] name);
        IoError error = PageChain.TryLoad(
            pages.Pool, stored, PageFixture.Frag, PageKind.Dirfrag, validator, out PageChain? chain, out PageProblem problem);
        Assert.Equal((IoError.None, default), (error, problem));
        using (chain)
        {
            var at = new RecordRef(chain!.Dir.Page, 1);
            Assert.Equal(name, pages.Pool.Name(at).ToArray());
            Assert.Equal(0x8000u, pages.Pool.Entry(at)->Inode.Mode);
            Assert.Equal(IoError.None, chain.TrySetExt(ref at, ExtKind.Xattrs, PageFixture.Bytes(1, 700)));
            Assert.Equal(name, pages.Pool.Name(at).ToArray());
            Assert.Equal(0xABCDul, *(ulong*)((byte*)pages.Pool.Entry(at) + EntryRecord.Bytes));
        }
    }

    [Fact]
    public void MG008_AnotherMajorVersionIsRefusedWithAReason()
    {
        using var pages = new PageFixture();
        using var validator = new PageValidator();
        using PageChain chain = new Region(3, 2, 10).Build(pages.Pool);
        byte[] stored = Region.Stored(chain);
        stored[4] = PageHeader.MajorVersion + 1;
        IoError error = PageChain.TryLoad(
            pages.Pool, stored, PageFixture.Frag, PageKind.Dirfrag, validator, out PageChain? loaded, out PageProblem problem);
        Assert.Equal((new IoError(117), null, PageProblemKind.Version), (error, loaded, problem.Kind));
        Assert.Contains("later program", problem.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A page as a later program might write it: every header and record 8 bytes longer.</summary>
    private static byte[] LaterMinorPage(out byte[] name)
    {
        name = PageFixture.Name(1);
        const int header = PageHeader.Bytes + 8;
        const int dir = DirRecord.Bytes + 8;
        const int entry = EntryRecord.Bytes + 8;
        var page = new byte[header + dir + entry + 16 + 8];
        fixed (byte* start = page)
        {
            MetadataPage.Format(start, 0, PageKind.Dirfrag, PageFixture.Frag, 7);
            var fields = (PageHeader*)start;
            fields->Minor = PageHeader.MinorVersion + 1;
            fields->HeaderBytes = header;
            fields->PageCount = 1;
            fields->SlotCount = 2;
            fields->LiveCount = 2;
            fields->UsedBytes = header + dir + entry + 16;
            *(RecordHeader*)(start + header) = new RecordHeader { Kind = RecordKind.Dir, FixedUnits = dir / 8, Units = dir / 8 };
            ((DirRecord*)(start + header))->Version = 5;
            var record = (EntryRecord*)(start + header + dir);
            record->Dentry.Header = new RecordHeader
            {
                Kind = RecordKind.Entry,
                FixedUnits = entry / 8,
                Units = (entry + 16) / 8,
                Slot = 1,
                NameBytes = 16,
            };
            record->Dentry.Hash = NameHash.Of(name);
            record->Dentry.Last = SnapId.NoSnap.Value;
            record->Inode = new InodeFields { Ino = new Ino(9), Mode = 0x8000, HashKind = NameHashKind.XxHash32 };
            *(ulong*)((byte*)record + EntryRecord.Bytes) = 0xABCD;
            name.CopyTo(new Span<byte>((byte*)record + entry, 16));
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(page.Length - 2), header / 8);
            BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(page.Length - 4), (header + dir) / 8);
            fields->Crc = Crc32C.Append(0, page);
        }

        return page;
    }
}
