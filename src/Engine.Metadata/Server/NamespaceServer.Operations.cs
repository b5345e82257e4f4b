using System.Text;

namespace Engine.Metadata;

/// <content>What is under way, for operators. Source: migrator specification, 7.6.</content>
internal sealed partial class NamespaceServer
{
    private const WaitMask MigrationWaits = WaitMask.Unfreeze | WaitMask.SingleAuth;

    /// <summary>See <see cref="RankServices.RequestHeldUp"/>.</summary>
    public Action<long>? HeldUp { get; set; }

    /// <summary>A request goes on that waited.</summary>
    public void NoteWoken(RequestContext context)
    {
        if (HeldUp is { } heldUp && (context.Mask & MigrationWaits) != 0)
            heldUp(_environment.NowMicros - context.BeganMicros);
        // It may stand in the ready queue next, having waited for nothing.
        context.Mask = WaitMask.None;
    }

    /// <summary>Requests under way of clients that may send them again, of those that began by a time, in order of client and
    /// number. Only these are looked at closely: of one that waits for other ranks all questions are looked through.</summary>
    public IReadOnlyList<OperationInfo> OperationsBefore(long micros) =>
    [
        .. _underWay.Values.Where(each => each.BeganMicros <= micros).Select(Describe)
            .OrderBy(static each => each.Client).ThenBy(static each => each.Tid),
    ];

    private OperationInfo Describe(RequestContext context)
    {
        ClientRequest request = context.Request;
        WaiterList? list = context.List;
        Dir? dir = list is null ? null : list.Dir ?? _cache.TryDirOf(list.Node);
        string? at = list is { Dir: null } && _cache.HasInode(list.Node)
            ? _cache.Inode(list.Node).Ino.ToString() : dir?.Name.ToString();
        return new OperationInfo(
            context.Asker, request.Tid, request.Op, request.Base, Encoding.UTF8.GetString(request.Path.Span),
            context.BeganMicros, list is null ? WaitMask.None : context.Mask, at ?? string.Empty, RegionOf(dir),
            Awaited(context, list, at) + (context.IsOrphan ? "; its client has gone" : string.Empty));
    }

    private string Awaited(RequestContext context, WaiterList? list, string? at)
    {
        if (context.HasAnswer)
            return "its event, or one that it tells of, to be durable in the journal";
        if (context.Takeover is { Answer: null } takeover)
            return $"{takeover.Participant} to promise its part of a change of two ranks, asked for {context.Tries + 1} times";
        if (_askLater.Contains(context))
            return "another rank to be able to promise its part of a change of two ranks; it is asked again at the next tick";
        if (Peers.AskedFor(context) is { IsNone: false } asked)
            return $"{asked} to tell where it is and what is there";
        if (list is null)
            return context.MemoryRounds > 0 ? "memory for the namespace" : "its turn, or room in the journal";
        string what = context.Mask >= WaitMask.LockFirst ? "a lock that clients or other ranks give back"
            : (context.Mask & WaitMask.Unfreeze) != 0 ? "the end of a migration, or of a division of the directory"
            : (context.Mask & WaitMask.SingleAuth) != 0 ? "the decision of another rank about whose it is"
            : (context.Mask & WaitMask.Unreplicated) != 0 ? "other ranks to give their copies back"
            : (context.Mask & WaitMask.Replica) != 0 && list.Dir is null
                ? $"{OwnerBelow(list.Node)}, which has a part of the directory, to be back"
            : (context.Mask & (WaitMask.Complete | WaitMask.Entry)) != 0 ? "the directory to be read"
            : context.Mask.ToString();
        return $"{what} (at {at})";
    }

    /// <summary>Another rank that has a part of the directory.</summary>
    private string OwnerBelow(NodeId directory)
    {
        for (Dir? dir = _cache.FirstDirOf(directory); dir is not null; dir = MetadataCache.NextDirOf(dir))
        {
            if (dir is { IsAuth: false, DirAuth.First: >= 0 })
                return new RankId(dir.DirAuth.First).ToString();
        }

        return "a rank";
    }

    private DirFrag? RegionOf(Dir? dir)
    {
        if (dir is null)
            return null;
        if (_cache.FreezeRootOf(dir) is { } frozen)
            return frozen.Name;
        Dir root = _cache.Subtrees.RootOf(dir);
        return root.DirAuth.IsAmbiguous ? root.Name : null;
    }
}
