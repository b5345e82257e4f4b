namespace Engine.Testing;

/// <summary>Measures what a steady path allocates: the least of several rounds, because the runtime itself may allocate
/// once, when it compiles a method again or first meets a contended lock; what the path allocates shows in every
/// round.</summary>
public static class AllocationGate
{
    private const int Rounds = 5;

    /// <summary>Managed bytes that the current thread allocates in a round, at the least.</summary>
    public static long LeastBytes(Action round)
    {
        long least = long.MaxValue;
        for (int i = 0; i < Rounds && least != 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
