namespace Engine.Simulation;

/// <summary>Attributes of an inode, each <see cref="Unseen"/> where nobody knows it: lengths bytes, times nanoseconds.</summary>
/// <param name="Mode">Permission bits.</param>
/// <param name="Size">Length.</param>
/// <param name="ModifiedAt">Last change of content.</param>
public readonly record struct AttributesState(long Mode, long Size, long ModifiedAt)
{
    /// <summary>Not known; what is seen next settles it.</summary>
    public const long Unseen = -1;

    /// <summary>None is known.</summary>
    public static AttributesState None { get; } = new(Unseen, Unseen, Unseen);

    /// <summary>The same, after those of <paramref name="set"/> that are known were set. Whose length is set is modified at a
    /// time that nobody knows.</summary>
    public AttributesState With(in AttributesState set) => new(
        set.Mode == Unseen ? Mode : set.Mode,
        set.Size == Unseen ? Size : set.Size,
        set.ModifiedAt != Unseen ? set.ModifiedAt : set.Size == Unseen ? ModifiedAt : Unseen);

    /// <summary>The same, after a flush of these.</summary>
    public AttributesState Flushed(in AttributesState flushed) => this with
    {
        Size = Size == Unseen ? Unseen : Math.Max(Size, flushed.Size),
        ModifiedAt = ModifiedAt == Unseen || flushed.ModifiedAt == Unseen
            ? Unseen
            : Math.Max(ModifiedAt, flushed.ModifiedAt),
    };

    /// <summary>May these attributes be seen as <paramref name="seen"/>? <paramref name="settled"/> knows of both what either
    /// does.</summary>
    public bool Allows(in AttributesState seen, out AttributesState settled)
    {
        settled = new AttributesState(Either(Mode, seen.Mode), Either(Size, seen.Size), Either(ModifiedAt, seen.ModifiedAt));
        return Agree(Mode, seen.Mode) && Agree(Size, seen.Size) && Agree(ModifiedAt, seen.ModifiedAt);
    }

    private static long Either(long known, long seen) => known == Unseen ? seen : known;

    private static bool Agree(long known, long seen) => known == Unseen || seen == Unseen || known == seen;
}
