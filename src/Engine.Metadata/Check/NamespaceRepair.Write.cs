using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <content>What was built into the store: objects first, then a journal that says nothing of them but how to begin.</content>
public sealed unsafe partial class NamespaceRepair
{
    private const int BlockBytes = 4096;
    private const int BlockCount = 1024;

    /// <summary>The journal's last event.</summary>
    private long _lastSeq;

    /// <summary>Writes every directory that was built, removes the objects of those that are not to be, and begins the journal
    /// anew.</summary>
    /// <param name="objects">The store, open for the log's incarnation.</param>
    /// <param name="log">The journal, open.</param>
    /// <param name="nowMicros">The time.</param>
    /// <returns>What failed; the repair is to be made again then, from the beginning.</returns>
    public IoError TryWrite(IObjectBackend objects, ILog log, long nowMicros)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(log);
        HashSet<DirFrag> kept = [];
        foreach (Dir dir in _cache.Dirs)
        {
            IoError error = Write(objects, dir);
            if (error.Failed)
                return error;
            kept.Add(dir.Name);
        }

        foreach (string name in _names)
        {
            if (!DirObjects.TryParse(name, out DirFrag dir) || kept.Contains(dir))
                continue;
            IoError error = BlockingIo.Run(submission => objects.Remove(DirObjects.TargetOf(dir), submission)).Error;
            if (error.Failed && error != IoError.NoEntry)
                return error;
        }

        IoError flushed = BlockingIo.Run(submission => objects.Flush(submission)).Error;
        return flushed.Failed ? flushed : BeginJournal(log, nowMicros);
    }

    private static IoError Write(IObjectBackend objects, Dir dir)
    {
        if (!dir.Pages.TrySeal())
            return IoError.NoMemory;
        using BufferList bytes = dir.Pages.Share();
        ObjectWrite write = new(DirObjects.TargetOf(dir.Name), 0, (int)bytes.Length) { Replaces = true };
        return BlockingIo.Run(submission => objects.Write(write, bytes, submission)).Error;
    }

    private void AddBase(EventBuilder builder, NodeId node)
    {
        ref EntryRecord record = ref Unsafe.AsRef(in _cache.Entry(node));
        builder.AddPacked(EventTag.Base, default, MemoryMarshal.AsBytes(new Span<EntryRecord>(ref record)), default);
        foreach ((ExtKind kind, byte[] value) in Salvage.ExtsOf(_cache, node))
            builder.Add(EventTag.Ext, value, (ushort)kind);
    }

    /// <summary>One segment with its head: base inodes, subtrees, the next number. Nobody has a session.</summary>
    private IoError BeginJournal(ILog log, long nowMicros)
    {
        using var pool = new BufferPool(new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = BlockCount });
        EventBuilder builder = new(pool);

        // Number 1 is for a namespace that is made.
        builder.Begin(EventKind.SubtreeMap, Math.Max(_lastSeq, 1) + 1, nowMicros, log.Incarnation);
        foreach (NodeId node in _cache.Bases)
        {
            AddBase(builder, node);
            foreach (Frag leaf in _cache.LeavesOf(node, Frag.Root))
                builder.Add(EventTag.Subtree, new DirPart(new DirFrag(_cache.Inode(node).Ino, leaf)));
        }

        builder.Add(EventTag.NextIno, _nextIno);
        using BufferList head = builder.Take();
        IoError error = log.Append(head, out long position);
        if (error.IsNone)
            error = BlockingIo.Run(submission => log.Flush(submission)).Error;
        return error.Failed ? error : BlockingIo.Run(submission => log.Trim(position, submission)).Error;
    }
}
