using System.Globalization;
using System.Text;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>What exists before anybody makes anything: the root, the rank's private directory, the stray directories.</content>
internal sealed partial class NamespaceServer
{
    private const uint RootMode = FileMode.Directory | 0x1ED;
    private const uint PrivateMode = FileMode.Directory | 0x1C0;

    /// <summary>Makes the base inodes and their dirfrags, before the journal's first segment names them. The root is rank
    /// 0's.</summary>
    public void MakeBases()
    {
        _nowNanos = _environment.NowMicros * 1000;
        if (Ino.Root.IsOwnBaseOf(_options.Id))
            MakeBase(Ino.Root, RootMode);
        MakeBase(Ino.PrivateOf(_options.Id), PrivateMode);
    }

    /// <summary>After a journal that knows of the base inodes and of nothing in them.</summary>
    public void CompleteBases()
    {
        foreach (NodeId node in _cache.Bases)
        {
            if (_cache.IsAuth(node))
                MetadataCache.SetState(_cache.FirstDirOf(node)!, DirState.Complete, true);
        }
    }

    /// <summary>Makes the stray directories, in the journal's first event.</summary>
    public void MakeSystem()
    {
        NodeId home = _cache.FindInode(Ino.PrivateOf(_options.Id));
        Dir dir = _cache.FirstDirOf(home)!;
        Require(BeginChange());
        for (int i = 0; i < Ino.StrayCount; i++)
        {
            byte[] name = Encoding.ASCII.GetBytes("stray" + i.ToString(CultureInfo.InvariantCulture));
            Require(_cache.TryLinkPrimary(dir, name, Ino.StrayOf(_options.Id, i), PrivateMode, out NodeId node));
            InitializeSystem(node);
            CountEntry(dir, _cache.Inode(node), 1);
            Require(_cache.TryOpen(node, Frag.Root, out Dir? made));
            MetadataCache.SetState(made!, DirState.Complete, true);
            MarkDirty(node);
            EmitDir(dir);
            EmitEntry(node);
            _cache.MarkDirty(made!, _journal.Segment, Seq);
            EmitDir(made!, DirPart.IsNew);
        }

        EmitBaseDir(home);
        if (Ino.Root.IsOwnBaseOf(_options.Id))
            EmitBaseDir(_cache.FindInode(Ino.Root));
        EndChange();
    }

    /// <summary>Puts the base inodes into a segment's head.</summary>
    public unsafe void WriteBases(EventBuilder builder)
    {
        foreach (NodeId node in _cache.Bases)
        {
            _event = builder;
            EmitBase(node);
            _event = null;
        }
    }

    public void Dispose() => _validator.Dispose();

    /// <summary>A list of so many bytes, to be read into.</summary>
    private bool TryRentBytes(int length, out BufferList? bytes)
    {
        bytes = BufferList.Rent(_objectPool);
        while (length > 0)
        {
            if (!_objectPool.TryRent(out BufferHandle handle))
            {
                bytes.Dispose();
                bytes = null;
                return false;
            }

            int part = Math.Min(length, _objectPool.BlockBytes);
            bytes.AppendOwned(handle, 0, part);
            length -= part;
        }

        return true;
    }

    private void MakeBase(Ino ino, uint mode)
    {
        Require(_cache.TryAddBase(ino, mode, isAuth: true, out NodeId node));
        InitializeSystem(node);
        Require(_cache.TryOpen(node, Frag.Root, out Dir? dir));
        MetadataCache.SetState(dir!, DirState.Complete, true);
        _cache.Subtrees.AdjustAuth(dir!, Authority.Of(_options.Id));
    }

    private void EmitBaseDir(NodeId node)
    {
        Dir dir = _cache.FirstDirOf(node)!;
        _cache.MarkDirty(dir, _journal.Segment, Seq);
        EmitDir(dir, DirPart.IsNew);
    }

    private void InitializeSystem(NodeId node)
    {
        ref InodeFields inode = ref _cache.WriteInode(node);
        inode.LinkCount = 1;
        inode.Atime = _nowNanos;
        inode.Mtime = _nowNanos;
        inode.Ctime = _nowNanos;
        inode.Btime = _nowNanos;
        inode.ChangeAttr = 1;
        inode.ExportPin = -1;
        inode.Loner = -1;
    }
}
