namespace Engine.Metadata;

/// <summary>Whose timers they are.</summary>
internal static class TimerTokens
{
    /// <summary>The rank's tick.</summary>
    public const ulong Tick = 1;

    /// <summary>Writes to the store are tried again.</summary>
    public const ulong Writeback = 2;
}
