// The yardstick of the page questions: a decoder into objects, with the checks that a validator of pages makes as well.

using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Bench.Migration;

/// <summary>Makes the objects again, checks what <see cref="PageValidator"/> checks, and indexes them.</summary>
internal sealed class GraphReader : IDisposable
{
    private readonly byte[] _bytes;
    private readonly BinaryReader _reader;

    public GraphReader(byte[] bytes)
    {
        _bytes = bytes;
        _reader = new BinaryReader(new MemoryStream(bytes));
    }

    /// <summary>Decodes the dirfrag, each time anew.</summary>
    /// <param name="names">Takes the dentries by name.</param>
    /// <param name="inos">Takes the inodes by number.</param>
    public GraphDir Read(Dictionary<string, GraphDentry> names, Dictionary<ulong, GraphInode> inos)
    {
        uint crc = BitConverter.ToUInt32(_bytes, _bytes.Length - sizeof(uint));
        if (Crc32C.Append(0, _bytes.AsSpan(0, _bytes.Length - sizeof(uint))) != crc)
            throw new InvalidDataException("checksum");
        _reader.BaseStream.Position = 0;
        var dir = new GraphDir();
        ReadDir(dir);
        int count = _reader.ReadInt32();
        dir.Entries.Capacity = count;
        for (int i = 0; i < count; i++)
        {
            GraphDentry dentry = ReadDentry(dir.Version);
            dir.Entries.Add(dentry);
            bool isNew = names.TryAdd(System.Text.Encoding.UTF8.GetString(dentry.Name), dentry)
                && (dentry.Inode is null || inos.TryAdd(dentry.Inode.Ino, dentry.Inode));
            if (!isNew)
                throw new InvalidDataException("twice");
        }

        return dir;
    }

    public void Dispose() => _reader.Dispose();

    private void ReadDir(GraphDir dir)
    {
        dir.State = _reader.ReadUInt32();
        dir.Replication = _reader.ReadByte();
        dir.Damage = _reader.ReadByte();
        dir.First = _reader.ReadUInt64();
        dir.Version = _reader.ReadUInt64();
        dir.CommittedVersion = _reader.ReadUInt64();
        ReadStat(dir.Stat);
        ReadStat(dir.AccountedStat);
        ReadStat(dir.Recursive);
        ReadStat(dir.AccountedRecursive);
        ReadLoad(dir.Load);
        ReadLoad(dir.SubtreeLoad);
        ReadReplicas(dir.Replicas);
        dir.ReplicatedTo = _reader.ReadUInt64();
    }

    private GraphDentry ReadDentry(ulong version)
    {
        var dentry = new GraphDentry { Name = _reader.ReadBytes(_reader.ReadByte()) };
        dentry.Hash = _reader.ReadUInt32();
        dentry.State = _reader.ReadByte();
        dentry.First = _reader.ReadUInt64();
        dentry.Last = _reader.ReadUInt64();
        dentry.Version = _reader.ReadUInt64();
        ReadLock(dentry.Lock);
        ReadReplicas(dentry.Replicas);
        if (_reader.ReadByte() == 'I')
        {
            dentry.Inode = new GraphInode();
            ReadAttributes(dentry.Inode);
            ReadState(dentry.Inode);
        }
        else
        {
            dentry.RemoteIno = _reader.ReadUInt64();
            dentry.RemoteType = _reader.ReadByte();
        }

        bool isGood = !MetadataName.Check(dentry.Name).Failed && dentry.Hash == NameHash.Of(dentry.Name)
            && dentry.First <= dentry.Last && dentry.Version <= version && (dentry.Inode?.Version ?? 0) <= version;
        return isGood ? dentry : throw new InvalidDataException("value");
    }

    private void ReadAttributes(GraphInode inode)
    {
        inode.Ino = _reader.ReadUInt64();
        inode.Mode = _reader.ReadUInt32();
        inode.Uid = _reader.ReadUInt32();
        inode.Gid = _reader.ReadUInt32();
        inode.LinkCount = _reader.ReadUInt32();
        inode.Size = _reader.ReadUInt64();
        inode.Mtime = _reader.ReadInt64();
        inode.Atime = _reader.ReadInt64();
        inode.Ctime = _reader.ReadInt64();
        inode.Btime = _reader.ReadInt64();
        inode.TruncateSize = _reader.ReadUInt64();
        inode.TruncateSeq = _reader.ReadUInt32();
        inode.TimeWarpSeq = _reader.ReadUInt32();
        inode.ChangeAttr = _reader.ReadUInt64();
        inode.Version = _reader.ReadUInt64();
        inode.FileDataVersion = _reader.ReadUInt64();
        inode.XattrVersion = _reader.ReadUInt64();
        inode.BacktraceVersion = _reader.ReadUInt64();
        inode.First = _reader.ReadUInt64();
        inode.LayoutId = _reader.ReadUInt32();
        inode.ExportPin = _reader.ReadInt32();
        inode.Device = _reader.ReadUInt32();
        inode.HashKind = _reader.ReadByte();
        inode.QuotaBytes = _reader.ReadUInt64();
        inode.QuotaFiles = _reader.ReadUInt64();
        ReadStat(inode.Stat);
        ReadStat(inode.Recursive);
        ReadStat(inode.AccountedRecursive);
        byte[] symlink = _reader.ReadBytes(_reader.ReadInt32());
        inode.Symlink = symlink.Length == 0 ? null : symlink;
        for (int left = _reader.ReadInt32(); left > 0; left--)
            inode.Xattrs.Add(_reader.ReadString(), _reader.ReadBytes(_reader.ReadInt32()));
        for (int left = _reader.ReadInt32(); left > 0; left--)
            inode.FragTree.Add(_reader.ReadUInt32(), _reader.ReadByte());
    }

    private void ReadState(GraphInode inode)
    {
        inode.State = _reader.ReadUInt32();
        foreach (GraphLock one in inode.Locks)
            ReadLock(one);
        ReadReplicas(inode.Replicas);
        inode.Loner = _reader.ReadInt64();
        ReadLoad(inode.Load);
    }

    private void ReadStat(GraphFragStat stat)
    {
        stat.Version = _reader.ReadUInt64();
        stat.Mtime = _reader.ReadInt64();
        stat.ChangeAttr = _reader.ReadUInt64();
        stat.Files = _reader.ReadUInt32();
        stat.Subdirs = _reader.ReadUInt32();
    }

    private void ReadStat(GraphRecursiveStat stat)
    {
        stat.Version = _reader.ReadUInt64();
        stat.Ctime = _reader.ReadInt64();
        stat.Bytes = _reader.ReadUInt64();
        stat.Files = _reader.ReadUInt64();
        stat.Subdirs = _reader.ReadUInt32();
        stat.SnapRealms = _reader.ReadUInt32();
    }

    private void ReadLock(GraphLock one)
    {
        one.State = _reader.ReadByte();
        for (int left = _reader.ReadByte(); left > 0; left--)
            one.Gather.Add(_reader.ReadInt32());
    }

    private void ReadReplicas(Dictionary<int, uint> replicas)
    {
        for (int left = _reader.ReadByte(); left > 0; left--)
            replicas.Add(_reader.ReadInt32(), _reader.ReadUInt32());
    }

    private void ReadLoad(float[] load)
    {
        for (int i = 0; i < load.Length; i++)
            load[i] = _reader.ReadSingle();
    }
}
