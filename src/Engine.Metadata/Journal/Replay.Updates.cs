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
            UpdateStage.Decided when isOwn && name.IsEmpty => Decide(id, peer),
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
        if (entry.IsNone || !cache.HasInode(entry) || cache.IsDirectory(entry))
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

    private string? Decide(UpdateId id, RankId participant) =>
        _decided.TryAdd(id, new DecidedUpdate(id, participant, LastSeq)) ? null : $"decides {id} again";

    private string? EndDecided(UpdateId id) => _decided.Remove(id) ? null : $"ends {id}, which was not under way";
}
