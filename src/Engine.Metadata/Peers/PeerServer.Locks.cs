// Locks that more than one rank holds.
//
// A copy that the authority believes in and that is not there any more answers all the same: it holds nothing. Shares are whole
// counts of a dirfrag, not changes of them: the authority keeps what it has counted last beside the dirfrag's name, so that a
// share that comes twice counts once, whichever of the two ranks crashed.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Lock messages. Source: migrator specification, 1.9 and appendix C.</content>
internal sealed partial class PeerServer
{
    private readonly List<(LockObject On, LockKind Kind)> _unwritten = [];

    /// <summary>Shares that were sent and are not known to be counted.</summary>
    private readonly Dictionary<(Ino Ino, LockKind Kind), byte[]> _shares = [];

    /// <summary>Dirfrags on their way of which the next owner has told what they count.</summary>
    private readonly HashSet<(DirFrag Dir, LockKind Kind)> _toldByNext = [];

    /// <summary>Lock messages that did not fit: they came late, or crossed others.</summary>
    public long LocksIgnored { get; private set; }

    /// <summary>Sends to a rank about a lock.</summary>
    public void SendLock(RankId to, MetadataLock item, LockAction action, ulong epoch)
    {
        byte[] share = action is LockAction.LockAck or LockAction.SyncAck ? ShareOf(item) : [];
        if (share.Length > 0)
        {
            // Whatever wrote it, it is to be counted, and the authority says when it is.
            item.IsDirty = true;
            _shares[(item.Object.Ino, item.Kind)] = share;
        }

        Send(to, new LockMessage(item.Object.Ino, item.Kind, action, epoch, share), share.Length > 0 ? _journal.LastSeq : 0);
    }

    /// <summary>Sends a wish to the authority; nothing where there is doubt about it.</summary>
    public void SendToAuthority(MetadataLock item, LockAction action)
    {
        Authority authority = AuthorityOf(item.Object.Node);
        if (!authority.IsAmbiguous && authority.First >= 0 && authority.First != _options.Id.Value)
            Send(new RankId(authority.First), new LockMessage(item.Object.Ino, item.Kind, action, 0, default));
    }

    /// <summary>Who is authority over an inode.</summary>
    public Authority AuthorityOf(NodeId node)
    {
        if (_cache.TryDirOf(node) is { } dir)
            return _cache.Subtrees.AuthorityOf(dir);
        RankId owner = _cache.Inode(node).Ino.Maker;
        return owner.IsNone ? Authority.Undefined : Authority.Of(owner);
    }

    /// <summary>At a copy: takes what a lock protects.</summary>
    public bool TryTakeState(MetadataLock item, ReadOnlySpan<byte> state)
    {
        NodeId node = item.Object.Node;
        if (state.Length != InodeFields.Bytes)
            return false;
        InodeFields inode = MemoryMarshal.Read<InodeFields>(state);
        ref readonly InodeFields known = ref _cache.Inode(node);
        bool isGood = inode.Ino == known.Ino && FileMode.IsDirectory(inode.Mode) == FileMode.IsDirectory(known.Mode)
            && PageValidator.IsGood(inode, _cache.Dentry(node).Last);
        if (!isGood)
            return false;
        inode.Locks = known.Locks;
        inode.LockGathers = known.LockGathers;
        inode.Replicas = known.Replicas;
        _cache.WriteInode(node) = inode;
        return true;
    }

    /// <summary>At the authority: takes a copy's share, to be counted by <see cref="WriteBehind"/>.</summary>
    public bool TryTakeShare(MetadataLock item, RankId from, ReadOnlySpan<byte> share)
    {
        int length = ShareBytes(item.Kind);
        if (item.Kind is not (LockKind.File or LockKind.Nest) || share.Length % length != 0)
            return false;
        for (int at = 0; at < share.Length; at += length)
        {
            if (!Frag.TryFromRaw(MemoryMarshal.Read<uint>(share[at..]), out Frag frag)
                || _cache.FindDir(item.Object.Node, frag) is not { IsAuth: false } dir
                || !TakeShare(item.Kind, dir, from, share[(at + sizeof(uint))..]))
                LocksIgnored++;
        }

        return true;
    }

    /// <summary>While a dirfrag moves both ranks may tell of it, the next owner last, though what it tells may come first.
    /// </summary>
    /// <returns>False where the rank has no say.</returns>
    private bool TakeShare(LockKind kind, Dir dir, RankId from, ReadOnlySpan<byte> share)
    {
        Authority authority = _cache.Subtrees.AuthorityOf(dir);
        bool isNext = authority.IsAmbiguous && authority.Second == from.Value;
        if (isNext)
            _toldByNext.Add((dir.Name, kind));
        else if (!authority.IsAmbiguous)
            _toldByNext.Remove((dir.Name, kind));
        if (!isNext && (authority.First != from.Value || _toldByNext.Contains((dir.Name, kind))))
            return false;
        ref DirRecord record = ref _cache.Write(dir);
        if (kind == LockKind.File)
            record.Stat = MemoryMarshal.Read<FragStat>(share);
        else
            record.Recursive = MemoryMarshal.Read<RecursiveStat>(share);
        return true;
    }

    /// <summary>At the authority: counts the shares, in the journal; tells the lock when that is durable.</summary>
    public void WriteBehind(MetadataLock item)
    {
        // Later in the step: whoever ends a lock may be in the midst of an event.
        _unwritten.Add((item.Object, item.Kind));
    }

    /// <summary>At a copy: what was sent is counted.</summary>
    public void ShareFlushed(MetadataLock item)
    {
        if (_shares.Remove((item.Object.Ino, item.Kind), out byte[]? share))
            _server.NoteCounted(item.Object.Node, item.Kind, share);
    }

    /// <summary>What goes along when a copy may read or write again: the inode as it is at the end of the step.</summary>
    private LockMessage WithState(LockMessage message)
    {
        NodeId node = message.Action is LockAction.Sync or LockAction.Mix ? _cache.FindInode(message.Ino) : NodeId.None;
        return node.IsNone || !_cache.IsAuth(node) ? message : message with { Value = StateOf(node) };
    }

    private byte[] StateOf(NodeId node)
    {
        InodeFields inode = _cache.Inode(node);
        inode.Locks = default;
        inode.LockGathers = default;
        inode.Replicas = default;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<InodeFields>(ref inode)).ToArray();
    }

    /// <summary>What the dirfrags of this rank count; empty where nothing is new.</summary>
    private byte[] ShareOf(MetadataLock item)
    {
        if (item.Kind is not (LockKind.File or LockKind.Nest) || _cache.IsAuth(item.Object.Node))
            return [];
        List<byte> share = [];
        for (Dir? dir = _cache.FirstDirOf(item.Object.Node); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            DirRecord record = _cache.Read(dir);
            bool isNew = item.Kind == LockKind.File
                ? record.Stat != record.AccountedStat
                : record.Recursive != record.AccountedRecursive;
            if (!dir.IsAuth || !isNew)
                continue;
            uint frag = dir.Frag.Raw;
            share.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(ref frag)));
            share.AddRange(item.Kind == LockKind.File
                ? MemoryMarshal.AsBytes(new ReadOnlySpan<FragStat>(ref record.Stat))
                : MemoryMarshal.AsBytes(new ReadOnlySpan<RecursiveStat>(ref record.Recursive)));
        }

        return [.. share];
    }

    /// <summary>A frag, and what it counts.</summary>
    internal static int ShareBytes(LockKind kind) =>
        sizeof(uint) + (kind == LockKind.File ? Unsafe.SizeOf<FragStat>() : Unsafe.SizeOf<RecursiveStat>());

    private void WriteShares()
    {
        for (int i = 0; i < _unwritten.Count; i++)
        {
            (LockObject on, LockKind kind) = _unwritten[i];
            if (_clients.Locks.TryFind(on, kind) is not { IsFlushing: true })
            {
                _unwritten.RemoveAt(i--);
                continue;
            }

            if (!_server.TryCountShares(on.Node))
                continue;
            _unwritten.RemoveAt(i--);
            _journal.WhenDurable(_journal.LastSeq, new Written(this, on, kind));
        }
    }

    private void Take(RankId from, LockMessage message)
    {
        NodeId node = _cache.FindInode(message.Ino);
        if (node.IsNone)
        {
            LockAction? answer = message.Action switch
            {
                LockAction.Lock => LockAction.LockAck,
                LockAction.Sync => LockAction.SyncAck,
                LockAction.Mix => LockAction.MixAck,
                _ => null,
            };
            if (answer is { } action)
                Send(from, message with { Action = action, Value = default });
            return;
        }

        MetadataLock item = _clients.Locks.Find(LockObject.OfInode(message.Ino, node), message.Kind);
        if (!_clients.Locks.Machine.TryHandle(item, from, message.Action, message.Epoch, message.Value.Span))
            LocksIgnored++;
    }

    /// <summary>The sum of a lock's shares is durable.</summary>
    private sealed class Written(PeerServer server, LockObject on, LockKind kind) : Continuation
    {
        public override void Run(IoError error)
        {
            if (error.IsNone && server._clients.Locks.TryFind(on, kind) is { IsFlushing: true } item)
                server._clients.Locks.Machine.WrittenBehind(item);
        }
    }
}
