namespace Engine.Testing.Devices;

/// <summary>What a <see cref="FaultRule"/> does to a request that it matches.</summary>
public enum FaultEffect
{
    /// <summary>The request does not reach the device and ends with the rule's error.</summary>
    Error = 0,

    /// <summary>Only the first bytes are moved, and the completion says so.</summary>
    Short = 1,

    /// <summary>The request is held back until <see cref="FaultDevice.Release"/>.</summary>
    Stall = 2,

    /// <summary>Only the first bytes of a write reach the device; the completion says what the rule's error says: all of it was
    /// written (no error: a lying device), or the error.</summary>
    Torn = 3,
}
