namespace Engine.Metadata;

/// <summary>State bits of a capability.</summary>
[Flags]
public enum CapFlags : uint
{
    None = 0,

    /// <summary>The client was not heard of for too long; it has nothing but the pin.</summary>
    Stale = 1,

    /// <summary>The client does not know of it yet: the answer to its request will tell.</summary>
    New = 2,

    /// <summary>It comes with an import that is not decided; nothing is issued.</summary>
    Importing = 4,

    /// <summary>It is there for the import alone.</summary>
    ImportOnly = 8,

    /// <summary>The client had more of it at the rank from which it came: who claims it may not have been told.</summary>
    Limited = 16,
}
