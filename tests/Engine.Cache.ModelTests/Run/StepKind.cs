namespace Engine.Cache.ModelTests.Run;

/// <summary>What a step of a sequence does.</summary>
internal enum StepKind
{
    Read,
    Prefetch,
    Write,
    WriteFua,
    Flush,
    FlushAll,
    FlushPart,
    Discard,
    Purge,
    Truncate,
    Release,
    TryRead,
    TryWrite,
    Cancel,

    /// <summary>A set that failed goes on.</summary>
    Resume,
    Apply,

    /// <summary>A store operation ends.</summary>
    Complete,

    /// <summary>The store does something, and reports it later.</summary>
    Perform,

    /// <summary>Time passes.</summary>
    Advance,

    /// <summary>Everything ends, and all there is is compared.</summary>
    Drain,
}
