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

    /// <summary>Requests under way of clients that may send them again, in order of client and number.</summary>
    public IReadOnlyList<OperationInfo> Operations() =>
        [.. _underWay.Values.Select(Describe).OrderBy(static each => each.Client).ThenBy(static each => each.Tid)];

    private OperationInfo Describe(RequestContext context)
    {
        ClientRequest request = context.Request;
        WaiterList? list = context.List;
        Dir? dir = list is null ? null : list.Dir ?? _cache.TryDirOf(list.Node);
        string? at = list is { Dir: null } && _cache.HasInode(list.Node)
            ? _cache.Inode(list.Node).Ino.ToString() : dir?.Name.ToString();
        return new OperationInfo(
            context.Asker, request.Tid, request.Op, request.Base, Encoding.UTF8.GetString(request.Path.Span),
            context.BeganMicros, list is null ? WaitMask.None : context.Mask, at ?? string.Empty, RegionOf(dir));
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
