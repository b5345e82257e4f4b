using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>A module that moves subtrees at rest, as the scenario says before the storm.</summary>
internal sealed class SubtreeGiver : IRankModule
{
    /// <summary>What became of what the scenario said last.</summary>
    public IoError Error { get; private set; }

    /// <summary>What the rank offers.</summary>
    public RankServices? Rank { get; private set; }

    public void Attach(RankServices rank) => Rank = rank;

    public bool TryHandle(Peer from, Message message)
    {
        switch (message)
        {
            case GiveSubtree give:
                Error = Rank!.Cache.FindDir(give.Root) is { } dir ? Rank.TryGiveUp(dir, give.To) : IoError.NoEntry;
                return true;
            case TakeSubtree take:
                Error = Rank!.TryTakeOver(Rank.Cache.FindInode(take.Root.Ino), take.Root.Frag, take.From);
                return true;
            default:
                return false;
        }
    }

    public void Recovered()
    {
    }

    public void MapChanged(ClusterMap map)
    {
    }

    public void PeerFailed(Peer peer)
    {
    }

    public void Tick(long nowMicros)
    {
    }
}
