namespace Engine.Bench.Data;

/// <summary>States of a piece.</summary>
internal enum SeedState
{
    /// <summary>Asked of the store.</summary>
    Reading,

    /// <summary>As the store has it.</summary>
    Clean,

    /// <summary>Newer than the store.</summary>
    Dirty,

    /// <summary>On its way to the store.</summary>
    Writing,
}
