namespace Engine.Stores.Tests.Durability;

/// <summary>One kind of step of a script.</summary>
internal enum StepKind
{
    Write,
    FuaWrite,
    Read,
    Flush,
    Discard,
    WriteZeroes,

    /// <summary>Lets time pass, so that aged data is written back.</summary>
    Age,

    /// <summary>Closes and opens the store and the image again.</summary>
    Reopen,
}
