// Whose is what: the subtrees of the rank and their bounds.
//
// Invariants: a segment's head claims exactly the subtrees that the events before it led to, and names all bounds; other events
// say what changes. A region that went to another rank leaves nothing behind but the dirfrag at which it began.

using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <content>Subtrees and bounds. Source: migrator specification, 4.1.</content>
internal sealed unsafe partial class Replay
{
    private string? ApplySubtree(ref EventReader reader)
    {
        if (!reader.TryTake(out DirPart part, out _))
            return null;
        if (!part.TryGet(out DirFrag name))
            return "names no dirfrag";
        string? problem = Open(name, out Dir? dir);
        if (problem is not null)
            return problem;
        _claimed++;
        if (dir!.IsSubtreeRoot && dir.DirAuth == Authority.Of(me))
            return null;
        if (_isHead && _segments.Count > 1)
            return $"claims {name}, which was nobody's subtree before";
        MetadataCache.VisitRegion(dir, static each => MetadataCache.SetAuth(each, true));
        cache.Subtrees.AdjustAuth(dir, Authority.Of(me));
        return null;
    }

    private string? ApplyBound(ref EventReader reader)
    {
        if (!reader.TryTake(out BoundPart part, out ReadOnlySpan<byte> record))
            return null;
        if (!part.TryGet(out DirFrag name, out Authority authority) || authority.Names(me))
            return "names no other rank's dirfrag";
        DirRecord image = default;
        if (!PackedRecord.TryUnpack(record, Bytes(ref image, DirRecord.Bytes), out _) || !PageValidator.IsGood(image))
            return "its record is none";
        string? problem = Open(name, out Dir? dir);
        if (problem is not null)
            return problem;
        if (!dir!.IsSubtreeRoot && dir.IsAuth)
        {
            if (_isHead && _segments.Count > 1)
                return $"says that {name} is {authority}'s, which it was not before";
            ForgetRecent();
            if (!cache.TryDropRegion(dir))
                return $"gives {name} away, in which something is another rank's";
        }

        MetadataCache.SetAuth(dir, false);
        cache.Subtrees.AdjustAuth(dir, authority);
        ref DirRecord target = ref cache.Write(dir);
        (image.Header, image.ExtHead, image.Replicas) = (target.Header, target.ExtHead, target.Replicas);
        target = image;
        return null;
    }

    private bool IsWithinOwn(Dir root) =>
        !_undecided.ContainsKey(root.Name) && cache.ParentOf(root) is { } parent
        && cache.Subtrees.TryFindRoot(parent) is { } around && around.DirAuth.First == me.Value
        && !_undecided.ContainsKey(around.Name);

    /// <summary>A subtree map that is not the first says what the events before it led to.</summary>
    private string? CheckClaims()
    {
        int known = 0;
        foreach (Dir root in cache.Subtrees.Roots())
            known += root.DirAuth.First == me.Value && !IsWithinOwn(root) ? 1 : 0;
        return known == _claimed ? null : $"claims {_claimed} subtrees of {known}";
    }
}
