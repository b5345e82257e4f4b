namespace Engine.Cache.ModelTests.Content;

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
    public List<Doubt>? Doubts { get; private set; }

    /// <summary>The step at which it was reported complete.</summary>
    public int Completed { get; set; } = int.MaxValue;

    public bool IsZero => Kind is MutationKind.Zero or MutationKind.Discard;

    public bool Covers(int objectNumber, int position)
    {
        foreach (ModelRange range in Ranges)
        {
            if (range.Contains(objectNumber, position))
                return true;
        }

        return false;
    }

    /// <summary>The bytes that a write of this version carries, range after range.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        foreach (ModelRange range in Ranges)
        {
            Pattern.Of(Version, range).CopyTo(bytes);
            bytes = bytes[range.Length..];
        }
    }

    public void Note(Doubt doubt) => (Doubts ??= []).Add(doubt);
}
