using Engine.Metadata;

namespace Engine.Migration;

/// <summary>What ranks tell one another after a crash.</summary>
internal static class ResolveFormats
{
    public static IReadOnlyList<MessageFormat> Create() =>
    [
        new MessageFormat<Resolve>(MigrationKind.Resolve, WireVersion.First, Write, ReadResolve),
    ];

    private static void Write(ref WireWriter writer, Resolve message)
    {
        writer.WriteUInt64(message.Epoch);
        writer.WriteRecords(WireVersion.First, message.Claims, Write);
        writer.WriteRecords(WireVersion.First, message.Ambiguous, Write);
        writer.WriteBool(message.IsBeginning);
    }

    private static Resolve ReadResolve(ref WireReader reader) =>
        new(
            reader.ReadUInt64(), reader.ReadRecords(WireVersion.First, ReadClaim),
            reader.ReadRecords(WireVersion.First, ReadAmbiguous), reader.ReadBool());

    private static void Write(ref WireWriter writer, SubtreeClaim claim)
    {
        writer.WriteDirFrag(claim.Base);
        writer.WriteDirFrags(claim.Bounds);
    }

    private static SubtreeClaim ReadClaim(ref WireReader reader) => new(reader.ReadDirFrag(), reader.ReadDirFrags());

    private static void Write(ref WireWriter writer, AmbiguousImport import)
    {
        writer.WriteId(import.Id);
        writer.WriteDirFrag(import.Base);
        writer.WriteUInt64(import.Attempt);
        writer.WriteDirFrags(import.Bounds);
    }

    private static AmbiguousImport ReadAmbiguous(ref WireReader reader) =>
        new(reader.ReadId(), reader.ReadDirFrag(), reader.ReadUInt64(), reader.ReadDirFrags());
}
