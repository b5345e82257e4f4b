namespace Engine.Cache;

/// <summary>What an <see cref="Effect"/> asks for.</summary>
internal enum EffectKind
{
    /// <summary>Submit the <see cref="BackendIo"/> to the store.</summary>
    Submit,

    /// <summary>Tell the request's owner its result.</summary>
    Complete,

    /// <summary>Tell the owner that the <see cref="ObjectSet"/> is clean.</summary>
    SetClean,

    /// <summary>Ask the owner what becomes of data that could not be written: a
    /// <see cref="WritebackQuestion"/>.</summary>
    WritebackFailed,

    /// <summary>Give background work its turn soon.</summary>
    Kick,

    /// <summary>Make the timer fire when the core is next due.</summary>
    Arm,
}
