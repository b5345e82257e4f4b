using Engine.Objects;

namespace Engine.Stores;

/// <summary>What <see cref="DeviceStore.Check"/> found; nothing was written.</summary>
/// <param name="Problem">Why the volume cannot be opened, or <see cref="StoreProblem.None"/>.</param>
/// <param name="Message">One line for a person; it says too when one copy of two is bad.</param>
/// <param name="First">The superblock copy at the device's start.</param>
/// <param name="Second">The superblock copy at the end of the header.</param>
/// <param name="Image">The volume that is recorded; null when neither copy is intact and ready.</param>
/// <param name="DataOffset">First byte of object 0 on the device; 0 without an image.</param>
public sealed record DeviceStoreCheck(
    StoreProblem Problem,
    string Message,
    SuperblockCopy First,
    SuperblockCopy Second,
    ImageDescription? Image,
    long DataOffset)
{
    /// <summary>True when the volume can be opened and both copies are intact and agree.</summary>
    public bool IsHealthy { get; init; }
}
