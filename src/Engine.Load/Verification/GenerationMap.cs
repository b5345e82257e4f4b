using Engine.Buffers;

namespace Engine.Load;

// Purpose: what is known of every 512-byte sector of a volume, in memory: the last submitted generation, the last one that is
// known to be in place (completed in a run, flushed in a side log), and whether a write is in flight.
// Ownership: one VerifiedImage or SideLog; no locking of its own, the owner holds its lock.
// Invariants: settled <= submitted for every sector; a busy sector has a write in flight and takes no other.

/// <summary>
/// Generations of the sectors of a volume, sparse: memory is taken for a 2 MiB stretch when one of its sectors is first written
/// (36 KiB each). Not thread-safe.
/// </summary>
public sealed class GenerationMap
{
    private const int ChunkShift = 12;
    private const int ChunkSectors = 1 << ChunkShift;

    private readonly Chunk?[] _chunks;

    /// <summary>Creates the map of a volume of <paramref name="lengthBytes"/> bytes; nothing is known of any sector.</summary>
    public GenerationMap(long lengthBytes)
    {
        Invariant.That(lengthBytes >= 0);
        SectorCount = lengthBytes / SectorPattern.SectorSize;
        _chunks = new Chunk?[(int)((SectorCount + ChunkSectors - 1) >> ChunkShift)];
    }

    /// <summary>Whole sectors of the volume.</summary>
    public long SectorCount { get; }

    /// <summary>Highest generation handed in so far.</summary>
    public uint NewestGeneration { get; private set; }

    /// <summary>Last submitted generation, 0 for none.</summary>
    public uint Submitted(long sector) => ChunkOf(sector)?.Submitted[IndexOf(sector)] ?? 0;

    /// <summary>Last generation known to be in place, 0 for none: older content is wrong.</summary>
    public uint Settled(long sector) => ChunkOf(sector)?.Settled[IndexOf(sector)] ?? 0;

    /// <summary>True while a write of the sector is in flight.</summary>
    public bool IsBusy(long sector) => ChunkOf(sector)?.Busy[IndexOf(sector)] ?? false;

    /// <summary>True when a write of any sector of the range is in flight.</summary>
    public bool AnyBusy(long firstSector, int count)
    {
        for (int i = 0; i < count; i++)
            if (IsBusy(firstSector + i))
                return true;
        return false;
    }

    /// <summary>A write of the range is about to be submitted.</summary>
    public void Submit(long firstSector, int count, uint generation, bool busy)
    {
        for (int i = 0; i < count; i++)
        {
            Chunk chunk = TouchChunk(firstSector + i);
            int index = IndexOf(firstSector + i);
            Invariant.That(!chunk.Busy[index] && generation > 0);
            chunk.Submitted[index] = Math.Max(chunk.Submitted[index], generation);
            chunk.Busy[index] = busy;
        }

        NewestGeneration = Math.Max(NewestGeneration, generation);
    }

    /// <summary>A write in flight ended; with <paramref name="ok"/> its generation is in place.</summary>
    public void Complete(long firstSector, int count, uint generation, bool ok)
    {
        for (int i = 0; i < count; i++)
        {
            Chunk chunk = TouchChunk(firstSector + i);
            int index = IndexOf(firstSector + i);
            Invariant.That(chunk.Busy[index]);
            chunk.Busy[index] = false;
            if (ok)
                chunk.Settled[index] = Math.Max(chunk.Settled[index], generation);
        }
    }

    /// <summary>A generation of the range is known to be in place.</summary>
    public void Settle(long firstSector, int count, uint generation)
    {
        for (int i = 0; i < count; i++)
        {
            Chunk chunk = TouchChunk(firstSector + i);
            int index = IndexOf(firstSector + i);
            Invariant.That(generation <= chunk.Submitted[index]);
            chunk.Settled[index] = Math.Max(chunk.Settled[index], generation);
        }
    }

    /// <summary>Marks the range as changing, or as settled again, without a new generation.</summary>
    public void SetBusy(long firstSector, int count, bool busy)
    {
        for (int i = 0; i < count; i++)
        {
            Chunk chunk = TouchChunk(firstSector + i);
            Invariant.That(chunk.Busy[IndexOf(firstSector + i)] != busy);
            chunk.Busy[IndexOf(firstSector + i)] = busy;
        }
    }

    /// <summary>The range's content is no longer known (discarded): anything that is not wrong by itself is allowed.</summary>
    public void Forget(long firstSector, int count)
    {
        for (int i = 0; i < count; i++)
            if (ChunkOf(firstSector + i) is Chunk chunk)
                chunk.Settled[IndexOf(firstSector + i)] = 0;
    }

    /// <summary>Finds the next run of sectors with equal generations at or after <paramref name="sector"/> that were ever
    /// submitted; false at the end.</summary>
    public bool TryNextRun(long sector, out GenerationRun run)
    {
        run = default;
        while (sector < SectorCount)
        {
            if (ChunkOf(sector) is not Chunk chunk)
            {
                sector = ((sector >> ChunkShift) + 1) << ChunkShift;
                continue;
            }

            int index = IndexOf(sector);
            uint submitted = chunk.Submitted[index];
            uint settled = chunk.Settled[index];
            int count = 1;
            while (index + count < ChunkSectors && chunk.Submitted[index + count] == submitted
                && chunk.Settled[index + count] == settled)
                count++;
            if (submitted != 0)
            {
                run = new GenerationRun(sector, count, submitted, settled);
                return true;
            }

            sector += count;
        }

        return false;
    }

    private static int IndexOf(long sector) => (int)(sector & (ChunkSectors - 1));

    private Chunk? ChunkOf(long sector) => _chunks[sector >> ChunkShift];

    private Chunk TouchChunk(long sector) => _chunks[sector >> ChunkShift] ??= new Chunk();

    private sealed class Chunk
    {
        public uint[] Submitted { get; } = new uint[ChunkSectors];

        public uint[] Settled { get; } = new uint[ChunkSectors];

        public bool[] Busy { get; } = new bool[ChunkSectors];
    }
}
