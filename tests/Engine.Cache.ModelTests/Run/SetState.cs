namespace Engine.Cache.ModelTests.Run;

/// <summary>What the owner of a set knows of its failures.</summary>
internal sealed class SetState(ObjectSet set)
{
    public ObjectSet Set => set;

    /// <summary>Why it failed, none while it has not; what was last resumed from, and when.</summary>
    public IoError Failure { get; set; }

    public IoError LastFailure { get; set; }

    public int ResumedAt { get; set; }

    /// <summary>Errors of data that was given up in this step.</summary>
    public List<IoError> GivenUp { get; } = [];

    /// <summary>The next flush may end with one of these.</summary>
    public List<IoError> Reports { get; } = [];

    /// <summary>The next flush has to.</summary>
    public bool MustReport { get; set; }

    public bool MayReport => Reports.Count > 0;
}
