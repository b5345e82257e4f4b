namespace Engine.Stores;

/// <summary>What a look at a log found; nothing was written.</summary>
/// <param name="Problem">Why the log cannot be opened, or <see cref="StoreProblem.None"/>.</param>
/// <param name="Message">One line for a person; it says too when one copy of two is bad.</param>
/// <param name="Uuid">Identity of the log; empty when no superblock is whole.</param>
/// <param name="Incarnation">The life that wrote to it last, or was to.</param>
/// <param name="RecordIncarnation">The life that wrote the newest whole record; 0 when there is none.</param>
/// <param name="Start">Position of the oldest record.</param>
/// <param name="End">Position behind the newest whole record: where the damage is, if there is any.</param>
/// <param name="Records">Whole records between both.</param>
/// <param name="PayloadBytes">Bytes of their payloads.</param>
public sealed record LogCheck(
    StoreProblem Problem,
    string Message,
    Guid Uuid,
    ulong Incarnation,
    ulong RecordIncarnation,
    long Start,
    long End,
    long Records,
    long PayloadBytes)
{
    /// <summary>Which copies of the header are bad while another stands in for each, as a sentence without the log's name; null
    /// where none is. Opening the log for writing writes them anew.</summary>
    public string? Flaw { get; init; }
}
