namespace Engine.Bench.Data;

/// <summary>What nobody can do better who has to take every block that is asked for: whose next use is furthest away goes
/// (Belady, 1966), which takes knowing the future.</summary>
internal static class BeladyLimit
{
    /// <summary>Hits of a cache of so many blocks.</summary>
    public static long Hits(long[] accesses, int blocks)
    {
        int[] next = NextUses(accesses);
        Dictionary<long, int> cached = new(blocks);
        PriorityQueue<(long Block, int Next), int> furthest = new();
        long hits = 0;
        for (int i = 0; i < accesses.Length; i++)
        {
            if (cached.ContainsKey(accesses[i]))
                hits++;
            else if (cached.Count == blocks)
                Evict(cached, furthest);
            cached[accesses[i]] = next[i];
            furthest.Enqueue((accesses[i], next[i]), -next[i]);
        }

        return hits;
    }

    /// <summary>An entry that is older than its block's last use says nothing any more.</summary>
    private static void Evict(Dictionary<long, int> cached, PriorityQueue<(long Block, int Next), int> furthest)
    {
        (long Block, int Next) victim;
        do
        {
            victim = furthest.Dequeue();
        }
        while (!cached.TryGetValue(victim.Block, out int next) || next != victim.Next);
        cached.Remove(victim.Block);
    }

    /// <summary>Of each access the next one of its block.</summary>
    private static int[] NextUses(long[] accesses)
    {
        int[] next = new int[accesses.Length];
        Dictionary<long, int> later = [];
        for (int i = accesses.Length - 1; i >= 0; i--)
        {
            next[i] = later.GetValueOrDefault(accesses[i], int.MaxValue);
            later[accesses[i]] = i;
        }

        return next;
    }
}
