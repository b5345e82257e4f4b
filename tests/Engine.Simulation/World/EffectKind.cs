namespace Engine.Simulation;

/// <summary>What a step did to the world outside its actor; folded into the trace, counted by a crash within a step.</summary>
public enum EffectKind
{
    /// <summary>A message was sent.</summary>
    Send,

    /// <summary>A record was appended to the log.</summary>
    Append,

    /// <summary>A flush of the log was submitted.</summary>
    Flush,

    /// <summary>A read of the log or of an object was submitted.</summary>
    Read,

    /// <summary>A trim of the log was submitted.</summary>
    Trim,

    /// <summary>A fence of the log was submitted.</summary>
    Fence,

    /// <summary>A change of an object was submitted.</summary>
    ObjectChange,

    /// <summary>A flush of the objects was submitted.</summary>
    ObjectFlush,

    /// <summary>A timer was set.</summary>
    Timer,

    /// <summary>Work was left for later.</summary>
    Post,
}
