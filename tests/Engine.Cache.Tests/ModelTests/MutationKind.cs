namespace Engine.Cache.Tests.ModelTests;

/// <summary>What a mutation puts into its bytes.</summary>
internal enum MutationKind
{
    /// <summary>The pattern of its version.</summary>
    Write,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>Anything: the content is undefined from its submission on.</summary>
    Undefine,
}
