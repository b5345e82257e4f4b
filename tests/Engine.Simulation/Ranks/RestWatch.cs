using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>Waits for a rank to come to rest once its clients have: what they did last may still be on its way to the journal.
/// Where it does not, the checks at rest say what it holds.</summary>
internal sealed class RestWatch
{
    /// <summary>Longer than a disk may be stalled.</summary>
    private const long WaitMicrosMax = 30_000_000;

    private long _since = -1;

    /// <summary>Whether the checks at rest may be made.</summary>
    public bool IsOver(SimWorld world, Rank rank, bool areClientsAtRest)
    {
        bool mayRest = areClientsAtRest && rank is { State: RankState.Active, FragmentationsUnderWay: 0 };
        if (!mayRest)
        {
            _since = -1;
            return false;
        }

        long now = world.Simulator.NowMicros;
        _since = _since < 0 ? now : _since;
        return now - _since > WaitMicrosMax || rank.AuditAtRest().Count == 0;
    }
}
