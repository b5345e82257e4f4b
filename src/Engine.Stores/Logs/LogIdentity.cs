using System.Globalization;

namespace Engine.Stores;

/// <summary>What a log has to be, for whoever keeps something beside it that goes with it. Whoever opens both opens the log
/// first, and appends only when the other is open for the same incarnation: so the log knows every incarnation that the other
/// does, and has no record of one that the other does not know.</summary>
/// <param name="Uuid">Its identity.</param>
/// <param name="Incarnation">The newest life of what belongs to it. A log that has not seen it is an old copy; where the log has
/// records of a newer one, what belongs to it is.</param>
public sealed record LogIdentity(Guid Uuid, ulong Incarnation)
{
    /// <summary>Why a log is not the one, as a sentence without its name; null when it is.</summary>
    internal string? Refusal(Guid uuid, ulong incarnation)
    {
        if (uuid != Uuid)
            return $"is another store's journal: it is {uuid}, and {Uuid} is wanted; name or restore that one";
        return incarnation >= Incarnation
            ? null
            : Text($"is an old copy: it knows incarnations up to {incarnation}, and what belongs to it was written by ")
                + Text($"{Incarnation}; restore the newer one");
    }

    /// <summary>The same by the incarnation of its newest record.</summary>
    internal string? RefusalOfRecords(ulong newest) =>
        newest <= Incarnation
            ? null
            : Text($"goes on where its store ends: incarnation {newest} wrote to it, and the store's objects know those up to ")
                + Text($"{Incarnation}: they are an old copy; restore the newer ones");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
