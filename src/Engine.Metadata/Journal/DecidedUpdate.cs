namespace Engine.Metadata;

/// <summary>A change of two ranks that was decided here, and of which the participant's journal may not have its part.</summary>
/// <param name="Id">The change.</param>
/// <param name="Participant">The other rank.</param>
/// <param name="Seq">Number of the event that decided.</param>
internal sealed record DecidedUpdate(UpdateId Id, RankId Participant, long Seq)
{
    /// <summary>When the participant was told last.</summary>
    public long ToldAtMicros { get; set; }

    /// <summary>The directory that came with it; none for what is no directory.</summary>
    public Ino Directory { get; init; }
}
