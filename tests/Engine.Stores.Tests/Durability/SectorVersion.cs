namespace Engine.Stores.Tests.Durability;

/// <summary>What one sector may hold after one request: one of several contents, or anything (<see cref="Contents"/> null).
/// </summary>
internal sealed record SectorVersion(byte[][]? Contents)
{
    public const int Bytes = 512;

    /// <summary>After a discard.</summary>
    public static SectorVersion Anything { get; } = new((byte[][]?)null);

    public static SectorVersion Of(ReadOnlySpan<byte> content) => new([content.ToArray()]);

    public bool Allows(ReadOnlySpan<byte> content) => AllowsPart(content, 0);

    /// <summary>Could a read of the sector from <paramref name="start"/> on have returned <paramref name="part"/>?</summary>
    public bool AllowsPart(ReadOnlySpan<byte> part, int start)
    {
        if (Contents is null)
            return true;
        foreach (byte[] content in Contents)
        {
            if (part.SequenceEqual(content.AsSpan(start, part.Length)))
                return true;
        }

        return false;
    }

    /// <summary>The sector after a write of <paramref name="part"/> at <paramref name="start"/>.</summary>
    public SectorVersion Patched(ReadOnlySpan<byte> part, int start)
    {
        if (part.Length == Bytes)
            return Of(part);
        if (Contents is null)
            return Anything;
        byte[][] patched = new byte[Contents.Length][];
        for (int i = 0; i < patched.Length; i++)
        {
            patched[i] = (byte[])Contents[i].Clone();
            part.CopyTo(patched[i].AsSpan(start));
        }

        return new SectorVersion(patched);
    }

    /// <summary>Either of several.</summary>
    public static SectorVersion AnyOf(IEnumerable<SectorVersion> versions)
    {
        var contents = new List<byte[]>();
        foreach (SectorVersion version in versions)
        {
            if (version.Contents is null)
                return Anything;
            contents.AddRange(version.Contents);
        }

        return new SectorVersion([.. contents]);
    }
}
