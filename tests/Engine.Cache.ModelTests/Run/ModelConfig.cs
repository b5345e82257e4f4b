// What a run is made of: numbers and switches only, so that a run that failed can be kept as one line of text and read again
// after what is drawn for a seed has changed.

using System.Globalization;
using System.Reflection;
using Engine.Testing.Cache;

namespace Engine.Cache.ModelTests.Run;

/// <summary>What one run is made of. Lengths in bytes, times in milliseconds.</summary>
internal sealed record ModelConfig
{
    private const int Block = CacheSettings.BlockBytes;

    public int Objects { get; init; } = 2;

    /// <summary>The objects belong to so many sets, in turn.</summary>
    public int Sets { get; init; } = 1;

    public int ObjectBytes { get; init; } = 4 * Block;

    public int SizeBlocks { get; init; } = 8;

    public int DirtyBlocks { get; init; } = 8;

    public int TargetBlocks { get; init; } = 4;

    public bool ThroughUntilFlush { get; init; }

    public int UnstableBlocks { get; init; }

    public int AgeMs { get; init; } = 1000;

    public int RetryMs { get; init; } = 100;

    public int Window { get; init; } = 4;

    public int WritebackBytes { get; init; } = 4 * Block;

    public int ReadAlignment { get; init; } = 1;

    public int WriteAlignment { get; init; } = 1;

    public int TransferBytes { get; init; } = 16 * Block;

    public int Segments { get; init; } = 64;

    public int Operations { get; init; } = 1024;

    public bool CommitIsDurable { get; init; }

    /// <summary>Of 65536 operations of the store so many fail.</summary>
    public int Errors { get; init; }

    /// <summary>The owner of the sets gives up some of the data that the store does not take, and some sets.</summary>
    public bool GivesUp { get; init; }

    public bool SamplesReads { get; init; }

    public bool LosesVolatile { get; init; }

    /// <summary>The store completes inside the submitting call.</summary>
    public bool CompletesInside { get; init; }

    /// <summary>Offsets and lengths are multiples of this.</summary>
    public int Grain { get; init; } = 1;

    public int LengthMax { get; init; } = 2 * Block;

    /// <summary>Store operations that the run lets pile up.</summary>
    public int PendingMax { get; init; } = 8;

    public bool Purges { get; init; } = true;

    /// <summary>Everything happens in the first block of one object.</summary>
    public bool OneBlock { get; init; }

    /// <summary>The least recently used block is evicted first; otherwise S3-FIFO says who goes.</summary>
    public bool Lru { get; init; } = true;

    /// <summary>Longest sequential stream that is as all else; 0 for any.</summary>
    public int CutoffBlocks { get; init; }

    /// <summary>Every so many steps the cache is audited.</summary>
    public int AuditEvery { get; init; } = 1;

    public CacheSettings Settings => new()
    {
        SizeBytes = SizeBlocks * Block,
        DirtyBytesMax = DirtyBlocks * Block,
        DirtyBytesTarget = TargetBlocks * Block,
        WritesThroughUntilFlush = ThroughUntilFlush,
        UnstableBytesMax = UnstableBlocks * Block,
        DirtyAgeMax = TimeSpan.FromMilliseconds(AgeMs),
        SequentialCutoffBytes = CutoffBlocks * Block,
        RetryDelay = TimeSpan.FromMilliseconds(RetryMs),
        RetryDelayMax = TimeSpan.FromMilliseconds(4 * RetryMs),
        WritebackWindow = Window,
        WritebackBytesMax = WritebackBytes,
    };

    public BackendCapabilities Capabilities => ManualBackend.Default with
    {
        ReadAlignment = ReadAlignment,
        WriteAlignment = WriteAlignment,
        TransferBytesMax = TransferBytes,
        SegmentsMax = Segments,
        OperationsMax = Operations,
        CommitIsDurable = CommitIsDurable,
    };

    /// <summary>One of three shapes: small objects and a cache smaller than they are; everything in one block; larger ones that
    /// are audited less often.</summary>
    public static ModelConfig Draw(Random random)
    {
        int shape = random.Next(8);
        bool wide = shape == 0;
        ModelConfig config = new ModelConfig
        {
            Objects = wide ? 3 : 2,
            Sets = random.Next(3) == 0 ? 2 : 1,
            ObjectBytes = (wide ? 16 : 4) * Block,
            ReadAlignment = DrawAlignment(random),
            WriteAlignment = DrawAlignment(random),
            TransferBytes = Block << random.Next(wide ? 6 : 4),
            Segments = 2 << random.Next(5),
            Operations = random.Next(4) == 0 ? 16 : 1024,
            CommitIsDurable = random.Next(3) == 0,
            Errors = random.Next(3) switch { 0 => 0, 1 => ModelStep.Numbers / 50, _ => ModelStep.Numbers * 15 / 100 },
            GivesUp = random.Next(3) == 0,
            SamplesReads = random.Next(2) == 0,
            LosesVolatile = random.Next(2) == 0,
            CompletesInside = random.Next(8) == 0,
            Grain = random.Next(4) switch { 0 => Block, 1 => 512, _ => 1 },
            LengthMax = random.Next(3) switch { 0 => 600, 1 => 2 * Block, _ => wide ? 6 * Block : 4 * Block },
            PendingMax = 1 << random.Next(6),
            Purges = random.Next(2) == 0,
            ThroughUntilFlush = random.Next(8) == 0,
            AuditEvery = wide ? 16 : 1,
            Lru = random.Next(4) == 0,
            CutoffBlocks = random.Next(4),
        }.DrawSettings(random, wide ? 8 : 3, wide ? 32 : 12);
        return shape > 2 ? config : wide ? config : config with
        {
            ReadAlignment = 512,
            WriteAlignment = 512,
            CompletesInside = false,
            Grain = 512,
            LengthMax = 512,
            PendingMax = 16,
            Purges = true,
            OneBlock = true,
        };
    }

    /// <summary>The same with the limits of a step: they lie in its numbers, so that what is drawn may change and a kept sequence
    /// does not.</summary>
    public ModelConfig WithLimits(in ModelStep step, int sizeMin, int sizeMax)
    {
        int size = sizeMin + ((step.A & 63) % (sizeMax - sizeMin + 1));
        int dirty = (step.A >> 6) & 63;
        dirty = dirty >= 54 ? 0 : 1 + (dirty % size);
        int unstable = (step.B >> 6) & 63;
        return this with
        {
            SizeBlocks = size,
            DirtyBlocks = dirty,
            TargetBlocks = (step.B & 63) % (dirty + 1),
            UnstableBlocks = unstable < 32 ? 0 : 1 + ((unstable - 32) % size),
            AgeMs = 1 + ((step.C & 2047) % 1999),
            RetryMs = 1 + (step.D % 499),
            Window = 1 << ((step.A >> 12) % 5),
            WritebackBytes = Block * (1 + ((step.C >> 11) % 16)),
        };
    }

    private ModelConfig DrawSettings(Random random, int sizeMin, int sizeMax)
    {
        int size = random.Next(sizeMin, sizeMax + 1);
        int dirty = random.Next(6) == 0 ? 0 : random.Next(1, size + 1);
        return this with
        {
            SizeBlocks = size,
            DirtyBlocks = dirty,
            TargetBlocks = random.Next(dirty + 1),
            UnstableBlocks = random.Next(2) == 0 ? 0 : random.Next(1, size + 1),
            AgeMs = random.Next(1, 2000),
            RetryMs = random.Next(1, 500),
            Window = 1 << random.Next(5),
            WritebackBytes = Block * random.Next(1, 17),
        };
    }

    /// <summary>From what <see cref="ToString"/> wrote; what is not named is as it is by itself.</summary>
    public static ModelConfig Parse(string line)
    {
        ModelConfig config = new();
        foreach (string part in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=');
            PropertyInfo property = typeof(ModelConfig).GetProperty(sides[0])
                ?? throw new FormatException($"a run has no {sides[0]}");
            property.SetValue(config, Convert.ChangeType(sides[1], property.PropertyType, CultureInfo.InvariantCulture));
        }

        return config;
    }

    public override string ToString() => string.Join(' ', typeof(ModelConfig).GetProperties()
        .Where(property => property.CanWrite)
        .Select(property => string.Create(CultureInfo.InvariantCulture, $"{property.Name}={property.GetValue(this)}")));

    private static int DrawAlignment(Random random) => random.Next(3) switch { 0 => 1, 1 => 512, _ => 4096 };
}
