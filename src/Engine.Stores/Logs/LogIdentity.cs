using System.Globalization;

namespace Engine.Stores;

/// <summary>What a log has to be, for whoever keeps something beside it that goes with it.</summary>
/// <param name="Uuid">Its identity.</param>
/// <param name="IncarnationMin">A life that it has seen: a copy from before is another log's history.</param>
public sealed record LogIdentity(Guid Uuid, ulong IncarnationMin)
{
    /// <summary>Why a log is not the one, as a sentence without its name; null when it is.</summary>
    internal string? Refusal(Guid uuid, ulong incarnation)
    {
        if (uuid != Uuid)
            return $"is another store's journal: it is {uuid}, and {Uuid} is wanted; name or restore that one";
        return incarnation >= IncarnationMin
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"is an old copy: it knows incarnations up to {incarnation}, and ")
                + string.Create(
                    CultureInfo.InvariantCulture, $"what belongs to it was written by {IncarnationMin}; restore the newer one");
    }
}
