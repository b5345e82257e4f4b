namespace Engine.Simulation;

/// <summary>
/// Watches a simulated world from outside. It reports what it finds by <see cref="SimWorld.Report"/>, under the name of the
/// invariant in section 6 of the migrator specification.
/// </summary>
public interface IChecker
{
    /// <summary>Called after every step; must cost next to nothing. <paramref name="stepped"/> is the life whose state may have
    /// changed, null after a fault.</summary>
    void AfterStep(SimWorld world, SimEnvironment? stepped);

    /// <summary>Called when nothing is in flight any more.</summary>
    void AtQuiescence(SimWorld world);

    /// <summary>Called last in every run, whether it came to rest or not: what is still under way has no end then, and what
    /// clients were told is judged all the same.</summary>
    void AtEnd(SimWorld world);
}
