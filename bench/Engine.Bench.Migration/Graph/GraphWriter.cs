// The yardstick of the page questions: an encoder of objects, a field at a time, into a stream that is used again.

using Engine.Buffers;

namespace Engine.Bench.Migration;

/// <summary>Writes the objects field by field, as a codec without pages does.</summary>
internal sealed class GraphWriter : IDisposable
{
    private readonly MemoryStream _stream = new(1 << 20);
    private readonly BinaryWriter _writer;

    public GraphWriter() => _writer = new BinaryWriter(_stream);

    /// <summary>The bytes of a dirfrag with their checksum behind them; good until the next call.</summary>
    public ReadOnlySpan<byte> Write(GraphDir dir)
    {
        _stream.SetLength(0);
        WriteDir(dir);
        _writer.Write(dir.Entries.Count);
        foreach (GraphDentry dentry in dir.Entries)
            WriteDentry(dentry);
        _writer.Flush();
        _writer.Write(Crc32C.Append(0, _stream.GetBuffer().AsSpan(0, (int)_stream.Length)));
        _writer.Flush();
        return _stream.GetBuffer().AsSpan(0, (int)_stream.Length);
    }

    public void Dispose() => _writer.Dispose();

    private void WriteDir(GraphDir dir)
    {
        _writer.Write(dir.State);
        _writer.Write(dir.Replication);
        _writer.Write(dir.Damage);
        _writer.Write(dir.First);
        _writer.Write(dir.Version);
        _writer.Write(dir.CommittedVersion);
        WriteStat(dir.Stat);
        WriteStat(dir.AccountedStat);
        WriteStat(dir.Recursive);
        WriteStat(dir.AccountedRecursive);
        WriteLoad(dir.Load);
        WriteLoad(dir.SubtreeLoad);
        WriteReplicas(dir.Replicas);
        _writer.Write(dir.ReplicatedTo);
    }

    private void WriteDentry(GraphDentry dentry)
    {
        _writer.Write((byte)dentry.Name.Length);
        _writer.Write(dentry.Name);
        _writer.Write(dentry.Hash);
        _writer.Write(dentry.State);
        _writer.Write(dentry.First);
        _writer.Write(dentry.Last);
        _writer.Write(dentry.Version);
        WriteLock(dentry.Lock);
        WriteReplicas(dentry.Replicas);
        if (dentry.Inode is { } inode)
        {
            _writer.Write((byte)'I');
            WriteAttributes(inode);
            WriteState(inode);
            return;
        }

        _writer.Write((byte)(dentry.RemoteIno == 0 ? 'N' : 'L'));
        _writer.Write(dentry.RemoteIno);
        _writer.Write(dentry.RemoteType);
    }

    private void WriteAttributes(GraphInode inode)
    {
        _writer.Write(inode.Ino);
        _writer.Write(inode.Mode);
        _writer.Write(inode.Uid);
        _writer.Write(inode.Gid);
        _writer.Write(inode.LinkCount);
        _writer.Write(inode.Size);
        _writer.Write(inode.Mtime);
        _writer.Write(inode.Atime);
        _writer.Write(inode.Ctime);
        _writer.Write(inode.Btime);
        _writer.Write(inode.TruncateSize);
        _writer.Write(inode.TruncateSeq);
        _writer.Write(inode.TimeWarpSeq);
        _writer.Write(inode.ChangeAttr);
        _writer.Write(inode.Version);
        _writer.Write(inode.FileDataVersion);
        _writer.Write(inode.XattrVersion);
        _writer.Write(inode.BacktraceVersion);
        _writer.Write(inode.First);
        _writer.Write(inode.LayoutId);
        _writer.Write(inode.ExportPin);
        _writer.Write(inode.Device);
        _writer.Write(inode.HashKind);
        _writer.Write(inode.QuotaBytes);
        _writer.Write(inode.QuotaFiles);
        WriteStat(inode.Stat);
        WriteStat(inode.Recursive);
        WriteStat(inode.AccountedRecursive);
        WriteBytes(inode.Symlink ?? []);
        _writer.Write(inode.Xattrs.Count);
        foreach ((string name, byte[] value) in inode.Xattrs)
        {
            _writer.Write(name);
            WriteBytes(value);
        }

        _writer.Write(inode.FragTree.Count);
        foreach ((uint frag, byte bits) in inode.FragTree)
        {
            _writer.Write(frag);
            _writer.Write(bits);
        }
    }

    private void WriteState(GraphInode inode)
    {
        _writer.Write(inode.State);
        foreach (GraphLock one in inode.Locks)
            WriteLock(one);
        WriteReplicas(inode.Replicas);
        _writer.Write(inode.Loner);
        WriteLoad(inode.Load);
    }

    private void WriteStat(GraphFragStat stat)
    {
        _writer.Write(stat.Version);
        _writer.Write(stat.Mtime);
        _writer.Write(stat.ChangeAttr);
        _writer.Write(stat.Files);
        _writer.Write(stat.Subdirs);
    }

    private void WriteStat(GraphRecursiveStat stat)
    {
        _writer.Write(stat.Version);
        _writer.Write(stat.Ctime);
        _writer.Write(stat.Bytes);
        _writer.Write(stat.Files);
        _writer.Write(stat.Subdirs);
        _writer.Write(stat.SnapRealms);
    }

    private void WriteLock(GraphLock one)
    {
        _writer.Write(one.State);
        _writer.Write((byte)one.Gather.Count);
        foreach (int rank in one.Gather)
            _writer.Write(rank);
    }

    private void WriteReplicas(Dictionary<int, uint> replicas)
    {
        _writer.Write((byte)replicas.Count);
        foreach ((int rank, uint nonce) in replicas)
        {
            _writer.Write(rank);
            _writer.Write(nonce);
        }
    }

    private void WriteLoad(float[] load)
    {
        foreach (float value in load)
            _writer.Write(value);
    }

    private void WriteBytes(byte[] bytes)
    {
        _writer.Write(bytes.Length);
        _writer.Write(bytes);
    }
}
