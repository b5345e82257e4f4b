using Engine.Cache;

namespace Engine.Cache.Tests.ModelTests;

/// <summary>What one run of the model test is made of; all drawn from its seed.</summary>
internal sealed record ModelConfig
{
    public const int Objects = 3;
    public const int ObjectBytes = 64 * K;

    public required CacheSettings Settings { get; init; }

    public required BackendCapabilities Capabilities { get; init; }

    /// <summary>Chance that a store operation fails.</summary>
    public required double ErrorShare { get; init; }

    public required bool SamplesReadsAtIssue { get; init; }

    public required bool LosesVolatileOnFailedFlush { get; init; }

    /// <summary>The store completes inside the submitting call.</summary>
    public required bool CompletesInside { get; init; }

    /// <summary>Offsets and lengths are multiples of this.</summary>
    public required int Granularity { get; init; }

    public required int LengthMax { get; init; }

    /// <summary>Store operations that the run lets pile up.</summary>
    public required int PendingMax { get; init; }

    public required bool Purges { get; init; }

    /// <summary>Everything happens in the first block of one object, and much of it is discards.</summary>
    public bool OneBlock { get; init; }

    /// <summary>Small requests that meet in one block, out of order.</summary>
    public static ModelConfig DrawOneBlock(Random random) => Draw(random, int.MaxValue) with
    {
        Capabilities = ManualBackend.Default with { ReadAlignment = 512, WriteAlignment = 512 },
        CompletesInside = false,
        Granularity = 512,
        LengthMax = 512,
        PendingMax = 16,
        Purges = true,
        OneBlock = true,
    };

    /// <param name="random">The run's.</param>
    /// <param name="operationsMax">What the store takes at once.</param>
    public static ModelConfig Draw(Random random, int operationsMax)
    {
        int[] alignments = [1, 512, 4096];
        int writeAlignment = alignments[random.Next(3)];
        int readAlignment = alignments[random.Next(3)];
        return new ModelConfig
        {
            Settings = DrawSettings(random),
            Capabilities = ManualBackend.Default with
            {
                ReadAlignment = readAlignment,
                WriteAlignment = writeAlignment,
                CommitIsDurable = random.Next(3) == 0,
                TransferBytesMax = 4 * K << random.Next(6),
                SegmentsMax = 2 << random.Next(5),
                OperationsMax = operationsMax,
            },
            ErrorShare = random.Next(3) switch { 0 => 0, 1 => 0.02, _ => 0.15 },
            SamplesReadsAtIssue = random.Next(2) == 0,
            LosesVolatileOnFailedFlush = random.Next(2) == 0,
            CompletesInside = random.Next(8) == 0,
            Granularity = random.Next(4) switch { 0 => 4096, 1 => 512, _ => 1 },
            LengthMax = random.Next(3) switch { 0 => 600, 1 => 8 * K, _ => 24 * K },
            PendingMax = 1 << random.Next(6),
            Purges = random.Next(2) == 0,
        };
    }

    public static CacheSettings DrawSettings(Random random)
    {
        int blocks = random.Next(8, 33);
        int dirtyBlocks = random.Next(6) == 0 ? 0 : random.Next(1, blocks + 1);
        return new CacheSettings
        {
            SizeBytes = blocks * 4 * K,
            DirtyBytesMax = dirtyBlocks * 4 * K,
            DirtyBytesTarget = random.Next(dirtyBlocks + 1) * 4 * K,
            DirtyAgeMax = TimeSpan.FromMilliseconds(random.Next(1, 2000)),
            WritebackWindow = 1 << random.Next(5),
            WritebackBytesMax = 4 * K * random.Next(1, 17),
            UnstableBytesMax = random.Next(2) == 0 ? 0 : random.Next(1, blocks + 1) * 4 * K,
            RetryDelay = TimeSpan.FromMilliseconds(random.Next(1, 500)),
        };
    }

    public override string ToString() =>
        $"size {Settings.SizeBytes / 4096} dirty {Settings.DirtyBytesMax / 4096}/{Settings.DirtyBytesTarget / 4096} "
        + $"unstable {Settings.UnstableBytesMax / 4096} window {Settings.WritebackWindow} request {Settings.WritebackBytesMax} "
        + $"align r{Capabilities.ReadAlignment} w{Capabilities.WriteAlignment} transfer {Capabilities.TransferBytesMax} "
        + $"segments {Capabilities.SegmentsMax} operations {Capabilities.OperationsMax} "
        + $"durable {Capabilities.CommitIsDurable} errors {ErrorShare} "
        + $"sample {SamplesReadsAtIssue} loses {LosesVolatileOnFailedFlush} inside {CompletesInside} "
        + $"grain {Granularity} length {LengthMax} pending {PendingMax} purges {Purges}{(OneBlock ? " one block" : "")}";
}
