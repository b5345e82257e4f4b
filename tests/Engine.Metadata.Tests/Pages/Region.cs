// A dirfrag drawn from a seed: every field random within what a page may hold, entries of all kinds, attributes of all lengths.
// It is compared with a chain field by field from its own copy, never through the code that wrote it.

using System.Runtime.InteropServices;
using System.Text;
using Engine.Buffers;
using Xunit;

namespace Engine.Metadata.Tests;

/// <summary>A dirfrag with every field drawn from a seed: made, put into a chain, and compared with one.</summary>
internal sealed unsafe class Region
{
    private const ulong DirVersion = 1 << 20;
    private static readonly uint[] s_types = [0x1000, 0x2000, 0x4000, 0x6000, 0x8000, 0xA000, 0xC000];

    private readonly SeededRandom _random;
    private readonly HashSet<string> _names = [];
    private ulong _ino = 0x1000;

    public Region(ulong seed, int entries, int extBytesMax)
    {
        _random = new SeededRandom(seed);
        FillRandom(ref Dir);
        Dir.Version = DirVersion;
        Dir.CommittedVersion = (ulong)_random.NextInt((int)DirVersion);
        Dir.State = (DirWireState)_random.NextInt(16);
        Dir.Load = RandomLoad();
        Dir.SubtreeLoad = RandomLoad();
        Dir.Replicas = RandomReplicas(DirExt, ExtKind.Replicas);
        for (int i = 0; i < entries; i++)
            Items.Add(RandomItem(extBytesMax));
    }

    public DirRecord Dir;

    public byte[]?[] DirExt { get; } = new byte[]?[ExtLimits.KindCount];

    public List<RegionItem> Items { get; } = [];

    /// <summary>Puts everything into a new chain and seals it.</summary>
    public PageChain Build(MetadataPagePool pool)
    {
        PageChain chain = PageChain.TryCreate(pool, PageKind.Dirfrag, PageFixture.Frag, epoch: 7, moves: null)!;
        RecordRef at = chain.Dir;
        Assign((RecordHeader*)pool.Dir(at), Bytes(ref Dir));
        SetExt(chain, ref at, DirExt);
        foreach (RegionItem item in Items)
        {
            Assert.Equal(IoError.None, chain.TryAdd(item.Kind, item.Name, NameHash.Of(item.Name), out at));
            if (item.Kind == RecordKind.Entry)
                Assign(&pool.Entry(at)->Dentry.Header, Bytes(ref item.Entry));
            else
                AssignLink(pool.Link(at), item);
            SetExt(chain, ref at, item.Ext);
        }

        Assert.True(chain.TrySeal());
        return chain;
    }

    /// <summary>Compares a chain with what this region says, field by field.</summary>
    public void Verify(PageChain chain)
    {
        MetadataPagePool pool = chain.Pool;
        var left = Items.ToDictionary(item => Key(item.Name, item.Entry.Dentry.Last));
        AssertSame((RecordHeader*)pool.Dir(chain.Dir), Bytes(ref Dir));
        VerifyExt(chain, chain.Dir, DirExt);
        foreach (PageId page in chain.Pages)
        {
            foreach (int slot in pool.Page(page).Slots)
            {
                var at = new RecordRef(page, (ushort)slot);
                if (pool.KindOf(at) is not (RecordKind.Entry or RecordKind.Link))
                    continue;
                DentryFields* dentry = pool.Dentry(at);
                Assert.True(left.Remove(Key(pool.Name(at).ToArray(), dentry->Last), out RegionItem? item));
                Assert.Equal(item.Kind, dentry->Header.Kind);
                VerifyItem(dentry, item);
                VerifyExt(chain, at, item.Ext);
            }
        }

        Assert.Empty(left);
    }

    /// <summary>The chain's stored bytes.</summary>
    public static byte[] Stored(PageChain chain)
    {
        var bytes = new byte[chain.StoredBytes];
        int at = 0;
        for (int i = 0; i < chain.StoredPageCount; i++)
        {
            MetadataPage page = chain.Pool.Page(chain.StoredPage(i));
            page.Front.CopyTo(bytes.AsSpan(at));
            page.Directory.CopyTo(bytes.AsSpan(at + page.UsedBytes));
            at += page.StoredBytes;
        }

        return bytes;
    }

    private static void VerifyItem(DentryFields* dentry, RegionItem item)
    {
        if (item.Kind == RecordKind.Entry)
        {
            AssertSame(&dentry->Header, Bytes(ref item.Entry));
            return;
        }

        var link = (LinkRecord*)dentry;
        AssertSame(&dentry->Header, Bytes(ref item.Entry)[..DentryFields.Bytes]);
        Assert.Equal((item.RemoteIno, item.Linkage, item.RemoteType), (link->RemoteIno, link->Linkage, link->RemoteType));
    }

    private static void VerifyExt(PageChain chain, RecordRef at, byte[]?[] expected)
    {
        var scratch = new byte[ExtLimits.BytesMax];
        for (int kind = 1; kind < ExtLimits.KindCount; kind++)
        {
            bool has = chain.TryGetExt(at, (ExtKind)kind, scratch, out ReadOnlySpan<byte> value);
            Assert.Equal(expected[kind] is not null, has);
            if (has)
                Assert.True(value.SequenceEqual(expected[kind]));
        }
    }

    private static void SetExt(PageChain chain, ref RecordRef at, byte[]?[] values)
    {
        for (int kind = 1; kind < ExtLimits.KindCount; kind++)
        {
            if (values[kind] is { } value)
                Assert.Equal(IoError.None, chain.TrySetExt(ref at, (ExtKind)kind, value));
        }
    }

    private static string Key(byte[] name, ulong last) => $"{Encoding.UTF8.GetString(name)}\n{last}";

    /// <summary>All fields but those that belong to the page: header, hash, list of items.</summary>
    private static void Assign(RecordHeader* record, ReadOnlySpan<byte> fields)
    {
        uint hash = ((DentryFields*)record)->Hash;
        bool isDir = record->Kind == RecordKind.Dir;
        fields[14..].CopyTo(new Span<byte>((byte*)record + 14, fields.Length - 14));
        if (isDir)
            fields[8..12].CopyTo(new Span<byte>((byte*)record + 8, 4));
        else
            ((DentryFields*)record)->Hash = hash;
    }

    private static void AssertSame(RecordHeader* record, ReadOnlySpan<byte> fields)
    {
        Assert.True(fields[14..].SequenceEqual(new ReadOnlySpan<byte>((byte*)record + 14, fields.Length - 14)));
        if (record->Kind == RecordKind.Dir)
            Assert.True(fields[8..12].SequenceEqual(new ReadOnlySpan<byte>((byte*)record + 8, 4)));
    }

    private static void AssignLink(LinkRecord* link, RegionItem item)
    {
        Assign(&link->Dentry.Header, Bytes(ref item.Entry)[..DentryFields.Bytes]);
        link->RemoteIno = item.RemoteIno;
        link->Linkage = item.Linkage;
        link->RemoteType = item.RemoteType;
    }

    private static Span<byte> Bytes<T>(ref T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new Span<T>(ref value));

    private void FillRandom<T>(ref T value)
        where T : unmanaged =>
        _random.NextBytes(Bytes(ref value));

    private RegionItem RandomItem(int extBytesMax)
    {
        int kind = _random.NextInt(6);
        var item = new RegionItem
        {
            Name = RandomName(),
            Kind = kind > 1 ? RecordKind.Entry : RecordKind.Link,
            Linkage = kind == 1 ? DentryLinkage.Remote : DentryLinkage.Null,
            RemoteIno = new Ino(kind == 1 ? ++_ino : 0),
            RemoteType = (byte)(kind == 1 ? 1 + _random.NextInt(15) : 0),
        };
        FillRandom(ref item.Entry);
        ref DentryFields dentry = ref item.Entry.Dentry;
        dentry.State = (DentryWireState)_random.NextInt(2);
        dentry.LockState = (byte)_random.NextInt(4);
        bool isHead = _random.NextInt(3) != 0;
        dentry.First = (ulong)_random.NextInt(1000);
        dentry.Last = isHead ? SnapId.NoSnap.Value : dentry.First + (ulong)_random.NextInt(1000);
        dentry.Version = (ulong)_random.NextInt((int)DirVersion);
        dentry.Replicas = RandomReplicas(item.Ext, ExtKind.Replicas);
        if (item.Kind != RecordKind.Entry)
            return item;
        FillInode(ref item.Entry.Inode, dentry.First, item.Ext);
        if (_random.NextInt(4) == 0)
            AddExt(item.Ext, extBytesMax);
        return item;
    }

    private void FillInode(ref InodeFields inode, ulong first, byte[]?[] ext)
    {
        inode.Ino = new Ino(++_ino);
        inode.Mode = s_types[_random.NextInt(s_types.Length)] | (uint)_random.NextInt(0x1000);
        inode.First = first;
        inode.Version = (ulong)_random.NextInt((int)DirVersion);
        inode.ExportPin = _random.NextInt(65) - 1;
        inode.HashKind = NameHashKind.XxHash32;
        inode.Loner = _random.NextInt(100) - 1;
        inode.State = (InodeWireState)_random.NextInt(16);
        inode.Load = RandomLoad();
        for (int i = 0; i < LockStates.Count; i++)
            inode.Locks[i] = (byte)_random.NextInt(4);
        inode.Replicas = RandomReplicas(ext, ExtKind.InodeReplicas);
    }

    private void AddExt(byte[]?[] ext, int bytesMax)
    {
        for (ExtKind kind = ExtKind.Xattrs; kind <= ExtKind.OldVersions; kind++)
        {
            if (_random.NextInt(3) == 0)
                ext[(int)kind] = RandomBytes(_random.NextInt(Math.Min(bytesMax, ExtLimits.MaxOf(kind)) + 1));
        }
    }

    private Popularity RandomLoad()
    {
        var load = default(Popularity);
        for (int i = 0; i < Popularity.Count; i++)
            load[i] = _random.NextInt(1 << 20) / 16f;
        return load;
    }

    private ReplicaSet RandomReplicas(byte[]?[] ext, ExtKind kind)
    {
        var set = default(ReplicaSet);
        set.Ranks = _random.NextInt(8) switch
        {
            0 => ulong.MaxValue,
            1 => _random.Next(),
            2 => 1UL << _random.NextInt(64),
            3 => 0b1101UL << _random.NextInt(60),
            _ => 0,
        };
        for (int i = 0; i < set.Count && !set.IsSpilled; i++)
            set.Nonces[i] = (uint)_random.NextInt(1000);
        ext[(int)kind] = set.IsSpilled ? RandomBytes(set.Count * sizeof(uint)) : null;
        return set;
    }

    private byte[] RandomName()
    {
        while (true)
        {
            var text = new StringBuilder();
            int length = _random.NextInt(10) == 0 ? MetadataName.BytesMax : 1 + _random.NextInt(40);
            while (text.Length < length)
                text.Append((char)('a' + _random.NextInt(26)));
            if (_names.Add(text.ToString()))
                return Encoding.UTF8.GetBytes(text.ToString());
        }
    }

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
