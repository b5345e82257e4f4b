namespace Engine.Stores.Tests.Durability;

/// <summary>How the chosen device call fails.</summary>
internal enum FailureKind
{
    /// <summary>Nothing reaches the device; EIO.</summary>
    Io,

    /// <summary>Nothing reaches the device; ENOSPC.</summary>
    NoSpace,

    /// <summary>One block is transferred, and the completion says so; calls without data succeed.</summary>
    Short,

    /// <summary>One block is transferred, and the completion is EIO; calls without data happen, and say EIO.</summary>
    Torn,
}
