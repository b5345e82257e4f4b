using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Migration;

/// <content>Whom the map lets this rank give to: it is asked for a rank when something is to go there, so that clients have their
/// sessions beforehand. Source: migrator specification, 1.15 and 2.3 (X2).</content>
internal sealed partial class Exporter
{
    /// <summary>Maps without the rank that an export waits for.</summary>
    private const int MapsMax = 3;

    private const double Wish = 100;

    private readonly DecayCounter[] _wishes = new DecayCounter[RankId.CountMax];

    /// <summary>A newer map holds: exports that it lets go on do.</summary>
    public void MapChanged()
    {
        foreach (ExportRecord record in _records.Values.ToList())
        {
            if (!record.AwaitsTarget || record.State != ExporterState.Locking)
                continue;
            if (IsTarget(record.Peer))
                Lock(record, IoError.None);
            else if (++record.MapsSeen > MapsMax)
                Cancel(record, MigrationRefusal.NotTarget, tellsPeer: false);
        }
    }

    private bool IsTarget(RankId rank) => (Rank.Map[Rank.Me].Targets & Bit(rank)) != 0;

    private void WishFor(RankId rank)
    {
        _wishes[rank.Value].Hit(Now, new DecayRate(Options.TargetDecaySeconds), Wish);
        TellWishes();
    }

    private void TellWishes()
    {
        ulong wanted = 0;
        DecayRate rate = new(Options.TargetDecaySeconds);
        for (int i = 0; i < _wishes.Length; i++)
            wanted |= _wishes[i].Read(Now, rate) > 0 ? 1UL << i : 0;
        Rank.WantedTargets = wanted;
    }
}
