using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Wire;

/// <summary>Makes copies of metadata as one rank gives them to another: every byte random that no rule binds.</summary>
public sealed class CopyMaker(SeededRandom random)
{
    private static readonly uint[] s_types = [0x1000, 0x2000, 0x4000, 0x6000, 0x8000, 0xA000, 0xC000];

    /// <summary>A copy of anything.</summary>
    public ReplicaStep Step(byte[] name) => random.NextInt(4) switch
    {
        0 => Dir(),
        1 => Link(name),
        2 => Entry(name),
        _ => Entry([]),
    };

    /// <summary>A copy of a dirfrag.</summary>
    public DirReplica Dir()
    {
        DirRecord dir = default;
        Fill(ref dir);
        dir.Header = default;
        dir.ExtHead = 0;
        dir.State = (DirWireState)random.NextInt(16);
        dir.CommittedVersion = dir.Version - Math.Min(dir.Version, (ulong)random.NextInt(1000));
        dir.Load = Load();
        dir.SubtreeLoad = Load();
        dir.Replicas = default;
        var name = new DirFrag(new Ino(random.Next()), Frag.Make(random.NextInt(Frag.HashBits + 1), (uint)random.Next()));
        return new DirReplica(name, (uint)random.Next(), Bytes(ref dir));
    }

    private EntryReplica Link(byte[] name)
    {
        LinkRecord link = default;
        Fill(ref link);
        Idle(ref link.Dentry, name);
        bool isRemote = random.NextBool(0.5);
        link.Linkage = isRemote ? DentryLinkage.Remote : DentryLinkage.Null;
        link.RemoteIno = isRemote ? new Ino(random.Next() | 1) : default;
        link.RemoteType = isRemote ? (byte)random.NextInt(16) : (byte)0;
        return new EntryReplica(
            new Ino(random.Next()), name, RecordKind.Link, (uint)random.Next(), Bytes(ref link), []);
    }

    /// <summary>A copy of an entry with its inode.</summary>
    public EntryReplica Entry(byte[] name)
    {
        EntryRecord entry = default;
        Fill(ref entry);
        Idle(ref entry.Dentry, name);
        ref InodeFields inode = ref entry.Inode;
        inode.Ino = new Ino(random.Next() | 1);
        inode.Mode = s_types[random.NextInt(s_types.Length)] | ((uint)random.Next() & 0xFFF);
        inode.First = entry.Dentry.First;
        inode.ExportPin = random.NextInt(-1, RankId.CountMax);
        inode.HashKind = NameHashKind.XxHash32;
        inode.Locks = default;
        inode.LockGathers = default;
        inode.Replicas = default;
        inode.Loner = random.NextInt(-1, 1000);
        inode.Load = Load();
        inode.State = (InodeWireState)random.NextInt(16);
        return new EntryReplica(
            new Ino(random.Next()), name, RecordKind.Entry, (uint)random.Next(), Bytes(ref entry), Attributes());
    }

    private void Idle(ref DentryFields dentry, byte[] name)
    {
        dentry.Header = default;
        dentry.Hash = NameHash.Of(name);
        dentry.ExtHead = 0;
        dentry.State = (DentryWireState)random.NextInt(2);
        dentry.LockState = 0;
        dentry.First = (ulong)random.NextInt(1000);
        dentry.Last = random.NextBool(0.5) ? SnapId.NoSnap.Value : dentry.First + (ulong)random.NextInt(1000);
        dentry.LockGather = 0;
        dentry.Replicas = default;
    }

    private List<ReplicaAttribute> Attributes()
    {
        List<ReplicaAttribute> attributes = [];
        for (ExtKind kind = ExtKind.Xattrs; kind < ExtKind.Replicas; kind++)
        {
            if (random.NextBool(0.4))
                attributes.Add(new ReplicaAttribute(kind, Attribute(kind)));
        }

        return attributes;
    }

    private byte[] Attribute(ExtKind kind)
    {
        var bytes = new byte[random.NextInt(1, random.NextBool(0.02) ? ExtLimits.SymlinkMax : 100)];
        random.NextBytes(bytes);
        switch (kind)
        {
            case ExtKind.Xattrs:
                byte[] set = XattrSet.With([], "user.b", bytes);
                return XattrSet.With(set, random.NextBool(0.5) ? "user.a" : "user.c", bytes);
            case ExtKind.FragTree:
                FragTree tree = new();
                for (int i = random.NextInt(5); i > 0; i--)
                    tree.TrySplit(tree.Leaf((uint)random.Next() & Frag.HashMax), random.NextInt(1, 4));
                var encoded = new byte[tree.EncodedLength];
                tree.Encode(encoded);
                return encoded;
            default:
                return bytes;
        }
    }

    private Popularity Load()
    {
        Popularity load = default;
        foreach (ref float value in load[..])
            value = (float)random.NextDouble() * 1000;
        return load;
    }

    private void Fill<T>(ref T value)
        where T : unmanaged =>
        random.NextBytes(MemoryMarshal.AsBytes(new Span<T>(ref value)));

    private static byte[] Bytes<T>(ref T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new Span<T>(ref value)).ToArray();
}
