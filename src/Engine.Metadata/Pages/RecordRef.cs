namespace Engine.Metadata;

/// <summary>Where a record is now: its page and its slot there. Any call that adds, resizes or writes records of the chain may
/// move it; the chain's <see cref="IRecordMoves"/> is told then.</summary>
/// <param name="Page">The page.</param>
/// <param name="Slot">Slot on the page.</param>
public readonly record struct RecordRef(PageId Page, ushort Slot)
{
    /// <summary>True for the value that names no record.</summary>
    public bool IsNone => Page.IsNone;

    /// <inheritdoc/>
    public override string ToString() => $"{Page} slot {Slot}";
}
