namespace Engine.Migration;

/// <summary>What a message is to a migration's record in its state. Source: migrator specification, appendix G.</summary>
public enum Verdict
{
    /// <summary>What was waited for.</summary>
    Take,

    /// <summary>It crossed with an end, or was sent twice: dropped, and counted.</summary>
    Late,

    /// <summary>Nobody may send it now: dropped, counted, and the failure of a simulated run.</summary>
    Violation,

    /// <summary>Refused with <see cref="MigrationRefusal.Busy"/>.</summary>
    Busy,

    /// <summary>The record is of an older migration of the same exporter, which is over by that; then as
    /// <see cref="Take"/>.</summary>
    Replace,

    /// <summary>Answered, though there is nothing to do.</summary>
    Answer,
}
