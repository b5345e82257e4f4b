namespace Engine.Cache.ModelTests.Run;

/// <summary>What the owner of a set knows of its failures.</summary>
internal sealed class SetState(ObjectSet set)
{
    public ObjectSet Set => set;

    /// <summary>Why it failed, none while it has not; what it last failed from since all was clean, and when it
    /// was resumed.</summary>
    public IoError Failure { get; set; }

    public IoError LastFailure { get; set; }

    public int ResumedAt { get; set; }

    /// <summary>The step of the run in which it failed: what was issued before in that may still come to the store.</summary>
    public int FailedIn { get; set; }

    /// <summary>Errors of data that was given up in this step.</summary>
    public List<IoError> GivenUp { get; } = [];

    /// <summary>The next flush may end with one of these.</summary>
    public List<IoError> Reports { get; } = [];

    /// <summary>The next flush has to.</summary>
    public bool MustReport { get; set; }

    public bool MayReport => Reports.Count > 0;
}
