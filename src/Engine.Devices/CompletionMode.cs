namespace Engine.Devices;

/// <summary>Who delivers the completions of a <see cref="MemoryDevice"/>.</summary>
public enum CompletionMode
{
    /// <summary>A helper thread, as with a real device.</summary>
    Worker = 0,

    /// <summary>The caller of <see cref="MemoryDevice.Pump"/>, in the order of submission.</summary>
    Manual = 1,
}
