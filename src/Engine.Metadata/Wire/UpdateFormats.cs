using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Messages of changes of two ranks.</summary>
internal static class UpdateFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<NameClaim>(MessageKind.NameClaim, WireVersion.First, Write, ReadClaim),
        new MessageFormat<LinkClaim>(MessageKind.LinkClaim, WireVersion.First, Write, ReadLink),
        new MessageFormat<NameOffered>(MessageKind.NameOffered, WireVersion.WithMoves, Write, ReadOffered),
        new MessageFormat<NameDecision>(
            MessageKind.NameDecision, WireVersion.WithMoves,
            static (ref writer, message) =>
            {
                Write(ref writer, message.Id);
                writer.WriteBool(message.IsTaken);
                writer.WriteNames(message.Way);
            },
            static (ref reader) => new NameDecision(
                ReadId(ref reader), reader.ReadBool(), reader.ReadNames())),
        new MessageFormat<NameGone>(
            MessageKind.NameGone, WireVersion.First,
            static (ref writer, message) => Write(ref writer, message.Id),
            static (ref reader) => new NameGone(ReadId(ref reader))),
    ];

    private static void Write(ref WireWriter writer, UpdateId id)
    {
        writer.WriteRank(id.Coordinator);
        writer.WriteUInt64(id.Incarnation);
        writer.WriteUInt32(id.Number);
    }

    private static UpdateId ReadId(ref WireReader reader) =>
        new(reader.ReadRank(), reader.ReadUInt64(), reader.ReadUInt32());

    private static void Write(ref WireWriter writer, NameClaim message)
    {
        Write(ref writer, message.Id);
        writer.WriteInt64(message.Client.Value);
        writer.WriteRecord(WireVersion.First, message.Caller, ClientFormats.Write);
        writer.WriteIno(message.Directory);
        writer.WriteName(message.Name);
        writer.WriteBool(message.MustBeDirectory);
        writer.WriteBool(message.IsTaken);
    }

    private static NameClaim ReadClaim(ref WireReader reader) =>
        new(
            ReadId(ref reader), new ClientId(reader.ReadInt64()),
            reader.ReadRecord(WireVersion.First, ClientFormats.ReadCredential), reader.ReadIno(), reader.ReadName(),
            reader.ReadBool(), reader.ReadBool());

    private static void Write(ref WireWriter writer, LinkClaim message)
    {
        Write(ref writer, message.Id);
        writer.WriteInt64(message.Client.Value);
        writer.WriteRecord(WireVersion.First, message.Caller, ClientFormats.Write);
        writer.WriteIno(message.Inode);
        writer.WriteIno(message.Directory);
        writer.WriteNameOrEmpty(message.Name);
        writer.WriteBool(message.IsAdded);
        writer.WriteError(message.TargetError);
    }

    private static LinkClaim ReadLink(ref WireReader reader) =>
        new(
            ReadId(ref reader), new ClientId(reader.ReadInt64()),
            reader.ReadRecord(WireVersion.First, ClientFormats.ReadCredential), reader.ReadIno(), reader.ReadIno(),
            reader.ReadNameOrEmpty(), reader.ReadBool(), reader.ReadError());

    private static void Write(ref WireWriter writer, NameOffered message)
    {
        Write(ref writer, message.Id);
        writer.WriteError(message.Error);
        writer.WriteCount(message.Entry is null ? 0 : 1);
        if (message.Entry is not null)
            writer.WriteRecord(WireVersion.First, message.Entry, ReplicaFormats.Write);
        writer.WriteRecords(WireVersion.First, message.Dirs, static (ref writer, dir) => ReplicaFormats.Write(ref writer, dir));
        if (!IsSound(message.Error, message.Entry, message.Dirs))
            writer.Fail(WireProblemKind.Record);
    }

    private static NameOffered ReadOffered(ref WireReader reader)
    {
        UpdateId id = ReadId(ref reader);
        IoError error = reader.ReadError();
        ReplicaStep[] entries = reader.ReadRecords(WireVersion.First, ReplicaFormats.ReadStep);
        EntryReplica? entry = entries.Length == 1 ? entries[0] as EntryReplica : null;
        ReplicaStep[] steps = reader.ReadRecords(WireVersion.First, ReplicaFormats.ReadStep);
        DirReplica[] dirs = [.. steps.OfType<DirReplica>()];
        bool isSound = (entries.Length == 0 || entry is not null) && dirs.Length == steps.Length;
        if (!reader.Failed && (!isSound || !IsSound(error, entry, dirs)))
            reader.Fail(WireProblemKind.Record);
        return new NameOffered(id, error, entry, dirs);
    }

    /// <summary>One entry with an inode, or why there is none; of a directory, its dirfrags, each once.</summary>
    private static bool IsSound(IoError error, EntryReplica? entry, IReadOnlyList<DirReplica> dirs)
    {
        if (error.Failed)
            return entry is null && dirs.Count == 0;
        if (entry is not { Kind: RecordKind.Entry, Name.Length: > 0 } || !ReplicaImage.IsGood(entry))
            return false;
        InodeFields inode = ReplicaImage.InodeOf(entry);
        return !inode.Ino.IsSystem && (dirs.Count == 0 || (FileMode.IsDirectory(inode.Mode) && AreLeaves(entry, dirs)));
    }

    /// <summary>Are these all of the directory's dirfrags, in their order?</summary>
    private static bool AreLeaves(EntryReplica entry, IReadOnlyList<DirReplica> dirs)
    {
        FragTree? tree = null;
        for (int i = 0; i < entry.Attributes.Count; i++)
        {
            ReplicaAttribute each = entry.Attributes[i];
            if (each.Kind == ExtKind.FragTree && each.Value.Length > 0 && !FragTree.TryDecode(each.Value, out tree, out _))
                return false;
        }

        uint next = 0;
        for (int i = 0; i < dirs.Count; i++)
        {
            DirReplica dir = dirs[i];
            bool isNext = dir.Name.Ino == ReplicaImage.InodeOf(entry).Ino && next <= Frag.HashMax
                && dir.Name.Frag == (tree?.Leaf(next) ?? Frag.Root);
            if (!isNext)
                return false;
            next = dir.Name.Frag.Last + 1;
        }

        return next > Frag.HashMax;
    }
}
