// Changes of two ranks.
//
// Invariants: a name that was promised and neither given nor kept is in doubt when the journal ends, and the event that
// promised it is in the journal, or a head that tells it again, with the entry; what was decided and not finished is known to the
// coordinator, and each segment's head tells it again.

using Engine.Buffers;

namespace Engine.Metadata;

/// <content>Changes of two ranks. Source: migrator specification, 4.5.</content>
internal sealed unsafe partial class Replay
{
    private readonly SortedDictionary<UpdateId, PromisedName> _promised = [];
    private readonly SortedDictionary<UpdateId, DecidedUpdate> _decided = [];

    /// <summary>Names of which it is not known whether they have gone.</summary>
    public IEnumerable<PromisedName> PromisedNames => _promised.Values;

    /// <summary>Changes of which the other rank may not know that they were made.</summary>
    public IEnumerable<DecidedUpdate> DecidedUpdates => _decided.Values;

    private string? ApplyUpdate(ref EventReader reader)
    {
        var stage = (UpdateStage)reader.Part.Flags;
        if (!reader.TryTake(out UpdatePart part, out ReadOnlySpan<byte> name))
            return null;
        if (!part.TryGet(out UpdateId id, out RankId peer) || peer == me)
            return "names no change of two ranks";
        bool isOwn = id.Coordinator == me;
        return stage switch
        {
            UpdateStage.Promised when !isOwn && id.Coordinator == peer => Promise(id, part, name),
            UpdateStage.Given or UpdateStage.Kept when !isOwn && name.IsEmpty => EndPromise(id),
            UpdateStage.Decided when isOwn && name.IsEmpty => Decide(id, peer, part),
            UpdateStage.Finished when isOwn && name.IsEmpty => EndDecided(id),
            _ => $"says {stage} of a change of {id.Coordinator} and {peer}",
        };
    }

    private string? Promise(UpdateId id, in UpdatePart part, ReadOnlySpan<byte> name)
    {
        Ino directory = part.Directory;
        NodeId inode = cache.FindInode(directory);
        bool isName = !inode.IsNone && cache.IsDirectory(inode) && MetadataName.Check(name).IsNone;
        NodeId entry = isName ? cache.Lookup(inode, name) : NodeId.None;
        if (entry.IsNone || !cache.HasInode(entry) || cache.IsDirectory(entry) != (part.Kind == UpdateKind.Directory))
            return "promises a name that is not there";
        if (_promised.TryGetValue(id, out PromisedName? known))
        {
            if (!_isHead)
                return $"promises {id} again";
            if (known.Directory != directory || known.Kind != part.Kind || !name.SequenceEqual(known.Name))
                return $"promises {id} otherwise than before";
            known.Segment.Pins--;
        }
        else if (_isHead && _segments.Count > 1)
        {
            return $"tells of the promise {id}, which was not made before";
        }

        _promised[id] = new PromisedName(id, directory, name.ToArray(), part.Kind, _segments[^1]);
        _segments[^1].Pins++;
        return null;
    }

    /// <summary>Where none that promised it is left, everything is over.</summary>
    private string? EndPromise(UpdateId id)
    {
        if (_promised.Remove(id, out PromisedName? promised))
            promised.Segment.Pins--;
        return null;
    }

    private string? Decide(UpdateId id, RankId participant, in UpdatePart part)
    {
        bool isOfDirectory = part.Kind == UpdateKind.Directory;
        if (isOfDirectory && part.Directory.IsNone)
            return $"decides {id}, and not what comes";
        DecidedUpdate update = new(id, participant, LastSeq) { Directory = isOfDirectory ? part.Directory : default };
        return _decided.TryAdd(id, update) ? null : $"decides {id} again";
    }

    /// <summary>A directory is another rank's from here on, and its copy lies where that one has put it. Its dirfrags are whose
    /// they were: the rank's own are subtrees, which the event goes on to say.</summary>
    private string? ApplyMoved(ref EventReader reader)
    {
        _dir = null;
        if (!reader.TryTake(out MovedPart part, out ReadOnlySpan<byte> name))
            return null;
        if (!part.To.TryGet(out DirFrag of) || MetadataName.Check(name).Failed || !of.Frag.Contains(NameHash.Of(name)))
            return "moves a directory to no place";
        string? problem = Open(of, out Dir? to);
        if (problem is not null)
            return problem;
        NodeId node = cache.FindInode(part.Ino);
        if (to!.IsAuth || (!node.IsNone && (!cache.IsDirectory(node) || cache.IsBelow(to.Inode, node))))
            return $"moves {part.Ino}, which is no directory, or into what lies in it or is the rank's own";
        NodeId there = cache.Lookup(to, name);
        if (node.IsNone || there == node)
            return null;
        if (!there.IsNone && !cache.IsNull(there))
        {
            DropOutdated(there);
            there = cache.Lookup(to, name);
        }

        if (!there.IsNone && !cache.IsNull(there))
            return $"moves {part.Ino} to the name {NameText.Show(name)}, which is taken";
        ForgetRecent();
        return cache.HasRoomForChange && cache.TryMove(node, to, name).IsNone ? null : NoMemory;
    }

    private void DropOutdated(NodeId node)
    {
        ForgetRecent();
        cache.TryDropReplica(node);
    }

    private string? EndDecided(UpdateId id) => _decided.Remove(id) ? null : $"ends {id}, which was not under way";
}
