using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Reads what a rank's journal says of migrations, beside the rank.</summary>
public static class JournalWords
{
    /// <summary>Does a durable event give the region away?</summary>
    public static bool Gives(MemoryLog log, DirFrag root)
    {
        ArgumentNullException.ThrowIfNull(log);
        for (int i = 0; i < log.Count - log.UnsafeCount; i++)
        {
            if (Gives(log.Payload(i), root))
                return true;
        }

        return false;
    }

    private static bool Gives(ReadOnlySpan<byte> payload, DirFrag root)
    {
        EventReader reader = new(payload);
        while (reader.Read())
        {
            bool isGiven = reader.Part.Tag == EventTag.Migration && reader.Part.Flags == (ushort)MigrationStage.Given
                && reader.TryTake(out MigrationPart part, out ReadOnlySpan<byte> bounds)
                && part.TryGet(bounds)?.Base == root;
            if (isGiven)
                return true;
        }

        Invariant.That(reader.Problem is null, reader.Problem ?? "");
        return false;
    }
}
