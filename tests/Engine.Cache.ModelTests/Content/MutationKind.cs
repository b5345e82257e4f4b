namespace Engine.Cache.ModelTests.Content;

/// <summary>What a mutation puts into its bytes.</summary>
internal enum MutationKind
{
    /// <summary>The pattern of its version.</summary>
    Write,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>Zeros, which a failed flush of the store may lose for good.</summary>
    Discard,

    /// <summary>Anything: the content is undefined from its submission on.</summary>
    Undefine,
}
