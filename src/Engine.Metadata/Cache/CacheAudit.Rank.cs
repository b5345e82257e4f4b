namespace Engine.Metadata;

/// <content>What holds in a cache that a rank keeps: where nothing migrates, and when nothing is under way.</content>
internal sealed unsafe partial class CacheAudit
{
    private const DirState Frozen =
        DirState.FreezingTree | DirState.FrozenTree | DirState.FreezingDir | DirState.FrozenDir;

    private static readonly PinKind[] s_migrationPins =
    [
        PinKind.Sticky, PinKind.Importing, PinKind.ImportBound, PinKind.ExportBound, PinKind.TempExporting,
        PinKind.ImportingCaps, PinKind.ExportingCaps,
    ];

    /// <summary>Without a migration everything is one rank's, nothing is between two, and counts are those of what is there: A3,
    /// A5, P1, N3.</summary>
    public List<string> RunAlone(int level)
    {
        foreach (Dir dir in cache.Dirs)
            CheckAlone(dir, level);
        for (int id = 1; level >= 2 && id < cache.Nodes.End; id++)
        {
            NodeId node = new(id);
            if (!cache.Nodes.IsLive(node))
                continue;
            foreach (PinKind kind in s_migrationPins)
                Expect(cache.PinsOf(node, kind) <= 0, "P1", node, $"{kind} pins without a migration");
        }

        return _violations;
    }

    private void CheckAlone(Dir dir, int level)
    {
        int me = cache.Me.Value;
        Authority authority = dir.DirAuth;
        Expect(!authority.IsAmbiguous || (authority.First != me && authority.Second != me), "A5", dir,
            $"goes between two ranks, {authority}, and there is no migration");
        Expect(!dir.IsSubtreeRoot || authority.IsAmbiguous || authority.First == me, "A3", dir,
            $"is claimed by nobody who is there, {authority}");
        foreach (PinKind kind in s_migrationPins)
            Expect(cache.PinsOf(dir, kind) <= 0, "P1", dir, $"{kind} pins without a migration");
        if (level >= 2)
            CheckSums(dir);
    }

    /// <summary>Nothing is frozen, held or between two ranks: F6, A7, P2.</summary>
    public List<string> RunAtRest()
    {
        foreach (Dir dir in cache.Dirs)
        {
            Expect(!dir.Has(Frozen), "F6", dir, "is frozen, or about to be");
            Expect(dir.DirAuth is { IsAmbiguous: false, First: not Authority.Unknown }, "A7", dir,
                $"nobody knows whose it is: {dir.DirAuth}");
            Expect(dir.CumulativeAuthPins == 0, "P2", dir, $"is held by {dir.CumulativeAuthPins} auth pins");
            Expect(dir.Waiters is not { IsEmpty: false }, "P2", dir, "is waited for");
        }

        return _violations;
    }

    private void CheckSums(Dir dir)
    {
        if (!dir.IsComplete || !dir.IsAuth || dir.Has(DirState.Bad | DirState.Fragmenting))
            return;
        DirSums.OfEntries(cache, dir, out FragStat stat, out RecursiveStat below);
        ref readonly DirRecord record = ref cache.Read(dir);
        Expect(DirSums.AreEqual(record.Stat, stat), "N3", dir, $"counts {record.Stat}; its entries make {stat}");
        Expect(DirSums.AreEqual(record.Recursive, below), "N3", dir, $"counts {record.Recursive}; its entries make {below}");
    }
}
