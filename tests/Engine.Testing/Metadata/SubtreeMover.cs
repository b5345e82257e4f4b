using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Testing.Metadata;

/// <summary>Moves subtrees at rest, as a test says: a module of a rank.</summary>
public sealed class SubtreeMover : IRankModule
{
    private RankServices? _rank;

    /// <inheritdoc/>
    public void Attach(RankServices rank) => _rank = rank;

    /// <inheritdoc/>
    public bool TryHandle(Peer from, Message message)
    {
        RankServices rank = _rank!;
        if (message is WriteBack writeBack)
        {
            rank.WritesBackAtOnce = writeBack.AtOnce;
            return true;
        }

        IoError error = message switch
        {
            GiveSubtree give => rank.Cache.FindDir(give.Root) is { } dir ? rank.TryGiveUp(dir, give.To) : IoError.NoEntry,
            TakeSubtree take => rank.TryTakeOver(rank.Cache.FindInode(take.Root.Ino), take.Root.Frag, take.From),
            _ => IoError.NotSupported,
        };
        Invariant.That(error.IsNone || error == IoError.NotSupported, $"{rank.Me}: {message}: {error.Name}");
        return error.IsNone;
    }

    /// <inheritdoc/>
    public void Recovered()
    {
    }

    /// <inheritdoc/>
    public void MapChanged(ClusterMap map)
    {
    }

    /// <inheritdoc/>
    public void PeerFailed(Peer peer)
    {
    }

    /// <inheritdoc/>
    public void Tick(long nowMicros)
    {
    }
}
