namespace Engine.Cache.Tests.ModelTests;

/// <summary>One change of content: it may be seen from its submission on, and must be seen by what starts after its completion.
/// </summary>
internal sealed class Mutation(MutationKind kind, int version, ModelRange[] ranges, int submitted)
{
    public MutationKind Kind { get; set; } = kind;

    /// <summary>Order of submission; a byte's content is that of the highest version.</summary>
    public int Version { get; } = version;

    public ModelRange[] Ranges { get; } = ranges;

    public int Submitted { get; } = submitted;

    /// <summary>The store lost changes while it was under way: what the cache has read of its range since may be
    /// either.</summary>
    public bool IsUnsettled { get; set; }

    /// <summary>What was seen that is legal if this ends with a failure.</summary>
    public List<Doubt> Doubts { get; } = [];

    /// <summary>The step at which it was reported complete.</summary>
    public int Completed { get; set; } = int.MaxValue;

    public bool IsZero => Kind is MutationKind.Zero or MutationKind.Discard;

    public byte ValueAt(int objectNumber, int position) =>
        IsZero ? (byte)0 : Pattern(Version, objectNumber, position);

    /// <summary>The byte that version <paramref name="version"/> puts at a position: neighbours in either differ.</summary>
    public static byte Pattern(int version, int objectNumber, int position) =>
        (byte)(version * 167 + (version >> 8) * 89 + position * 13 + (position >> 8) * 7 + objectNumber * 101 + 1);

    /// <summary>The bytes that a write of this version carries, range after range.</summary>
    public byte[] Bytes()
    {
        byte[] bytes = new byte[Ranges.Sum(range => range.Length)];
        int at = 0;
        foreach (ModelRange range in Ranges)
        {
            for (int position = range.Offset; position < range.End; position++)
                bytes[at++] = Pattern(Version, range.ObjectNumber, position);
        }

        return bytes;
    }
}
