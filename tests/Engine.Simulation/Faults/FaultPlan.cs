using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>The faults of one run, in the order of their times. Drawn from a seed by the swarm method: each plan enables a random
/// part of the kinds, each with its own rate, because faults of all kinds at once hide one another.</summary>
public static class FaultPlan
{
    private const long DurationMicrosMin = 500;
    private const long DurationMicrosUsual = 300_000;
    private const long DurationMicrosMax = 20_000_000;

    /// <summary>A step that writes back carries out some dozens of effects, and is to be cut anywhere.</summary>
    private const int EffectsEnd = 64;

    private const int ExtraEnd = 7;

    /// <summary>Draws the plan that belongs to <paramref name="seed"/>.</summary>
    public static List<FaultEntry> Draw(ulong seed, FaultPlanOptions options)
    {
        var random = new SeededRandom(seed);
        var weights = new int[options.Kinds.Count];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = random.NextBool(0.5) ? random.NextInt(1, 10) : 0;
        int total = weights.Sum();
        int count = total == 0 || options.Servers.Count == 0 ? 0 : random.NextInt(options.FaultsMax + 1);
        var plan = new List<FaultEntry>(count);
        for (int id = 0; id < count; id++)
        {
            int at = random.NextInt(total);
            int kind = 0;
            while (at >= weights[kind])
                at -= weights[kind++];
            plan.Add(DrawEntry(id, options.Kinds[kind], options, random));
        }

        // Behind all other choices, which stay the same without them.
        foreach (FaultKind kind in options.Extra)
            AddExtra(kind, options, random, plan);
        plan.Sort(static (left, right) => (left.AtMicros, left.Id).CompareTo((right.AtMicros, right.Id)));
        return plan;
    }

    /// <summary>Some of a kind; a crash soon behind one finds what it left.</summary>
    private static void AddExtra(FaultKind kind, FaultPlanOptions options, SeededRandom random, List<FaultEntry> plan)
    {
        for (int left = random.NextInt(2, ExtraEnd); left > 0; left--)
        {
            FaultEntry entry = DrawEntry(plan.Count, kind, options, random);
            plan.Add(entry);
            if (random.NextBool(0.5))
                continue;
            FaultEntry crash = DrawEntry(plan.Count, FaultKind.Crash, options, random);
            plan.Add(crash with { AtMicros = entry.AtMicros + random.NextLong(entry.Amount + 1), Target = entry.Target });
        }
    }

    private static FaultEntry DrawEntry(int id, FaultKind kind, FaultPlanOptions options, SeededRandom random)
    {
        int target = Pick(kind == FaultKind.ClientCrash ? options.Clients : options.Servers, random);
        int other = PickOther(target, options, random);
        if (kind == FaultKind.Clog && random.NextBool(0.5))
            (target, other) = other < 0 ? (target, other) : (other, target);
        int count = kind switch
        {
            FaultKind.CrashInStep or FaultKind.Kill => DrawEffects(random),
            FaultKind.SlowLink or FaultKind.LateTimers => (int)Duration(random, DurationMicrosUsual),
            _ => random.NextInt(1, 4),
        };
        // A stall is what timeouts are for, so that some last long; a wait that only slows the run down stays short.
        bool isLong = kind is FaultKind.DiskStall or FaultKind.Partition && random.NextBool(0.1);
        long amount = Duration(random, isLong ? DurationMicrosMax : DurationMicrosUsual);
        return new FaultEntry(
            id, kind, random.NextLong(options.HorizonMicros), target, other, amount, count, random.Next());
    }

    private static int PickOther(int target, FaultPlanOptions options, SeededRandom random)
    {
        int choice = random.NextInt(10);
        if (choice == 0 || options.Servers.Count + options.Clients.Count < 2)
            return -1;
        bool isOnlyClient = options.Clients.Count == 1 && options.Clients[0] == target;
        bool isServer = options.Clients.Count == 0 || isOnlyClient || (choice < 4 && options.Servers.Count > 1);
        while (true)
        {
            int other = Pick(isServer ? options.Servers : options.Clients, random);
            if (other != target)
                return other;
        }
    }

    /// <summary>Equally likely in every order of magnitude: most steps have few effects.</summary>
    private static int DrawEffects(SeededRandom random) => (int)Math.Exp(random.NextDouble() * Math.Log(EffectsEnd)) - 1;

    private static int Pick(IReadOnlyList<int> from, SeededRandom random) => from[random.NextInt(from.Count)];

    /// <summary>Equally likely in every order of magnitude.</summary>
    private static long Duration(SeededRandom random, long max) =>
        (long)(DurationMicrosMin * Math.Exp(random.NextDouble() * Math.Log((double)max / DurationMicrosMin)));
}
