namespace Engine.Metadata;

/// <summary>How far the division of a directory anew is. Source: migrator specification, appendix D. Numbers are the format's.
/// </summary>
internal enum FragmentStage : byte
{
    /// <summary>It is divided anew in memory; the objects are those of before.</summary>
    Prepare = 1,

    /// <summary>The new dirfrags' objects are in the store; those of before may go.</summary>
    Commit = 2,

    /// <summary>It is divided as before again; the new dirfrags' objects, if any, may go.</summary>
    RollBack = 3,

    /// <summary>The objects that are not needed are gone.</summary>
    Finish = 4,
}
