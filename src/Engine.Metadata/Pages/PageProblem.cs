namespace Engine.Metadata;

/// <summary>Why bytes are refused as pages, and where; the default value means that nothing is wrong.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Page">Position of the page among those checked, from 0.</param>
/// <param name="Offset">Byte of the page.</param>
public readonly record struct PageProblem(PageProblemKind Kind, int Page, int Offset)
{
    /// <summary>Is nothing wrong?</summary>
    public bool IsNone => Kind == PageProblemKind.None;

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : $"page {Page}, byte {Offset}: {Describe()}";

    private string Describe() => Kind switch
    {
        PageProblemKind.Truncated => "ends too early",
        PageProblemKind.Magic => "no page begins here",
        PageProblemKind.Version => "written by a later program with another format",
        PageProblemKind.Geometry => "sizes do not fit one another",
        PageProblemKind.Checksum => "the checksum is wrong",
        PageProblemKind.Identity => "the page belongs elsewhere",
        PageProblemKind.Slot => "a slot does not name its record",
        PageProblemKind.Record => "not a record that may be here",
        PageProblemKind.Name => "not a name, or not in its place",
        PageProblemKind.DuplicateName => "a name is there twice",
        PageProblemKind.DuplicateIno => "an inode is there twice",
        PageProblemKind.Value => "a field has an impossible value",
        PageProblemKind.Newer => "a record is newer than its directory",
        PageProblemKind.Ext => "an attribute is malformed",
        PageProblemKind.TooLarge => "more than can be handled",
        _ => Kind.ToString(),
    };
}
