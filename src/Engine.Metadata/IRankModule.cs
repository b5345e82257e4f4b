namespace Engine.Metadata;

/// <summary>A part of a rank that is added from outside (the Migrator). Called within steps of the rank, on its one logical
/// thread; what it wants done goes through the rank's effects.</summary>
public interface IRankModule
{
    /// <summary>Takes a message of its own kinds; false when the kind is not its own.</summary>
    bool TryHandle(Peer from, Message message);

    /// <summary>The rank that the module is part of; called once, before anything else.</summary>
    void Attach(RankServices rank);

    /// <summary>The journal is replayed; called once, before any message.</summary>
    void Recovered();

    /// <summary>A newer cluster map holds; called after <see cref="PeerFailed"/> for each life that it ends.</summary>
    void MapChanged(ClusterMap map);

    /// <summary>A peer instance failed or is gone: nothing that it sent is given to anybody any more.</summary>
    void PeerFailed(Peer peer);

    /// <summary>Time passes; called at every tick of the rank.</summary>
    void Tick(long nowMicros);

    /// <summary>Checks what the module keeps against the rank's cache, between steps.</summary>
    /// <param name="findings">What is wrong is added, a line each, beginning with the invariant's number.</param>
    void Audit(List<string> findings)
    {
    }
}
