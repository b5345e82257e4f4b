using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>
/// One life of a simulated process: a rank, a client, an authority. Made anew for each life by the factory it was registered
/// with; everything that must outlive it is in its log and objects. Disposed when the life ends, however it ends.
/// </summary>
public interface ISimActor : IDisposable
{
    /// <summary>The actor stopped by its own decision (a failed journal): its life ends with this step.</summary>
    bool HasStopped { get; }

    /// <summary>The first step of the life.</summary>
    void Start();

    /// <summary>Takes one input and carries out the effects, in order, on its environment.</summary>
    void Step(in RankEvent item);
}
