namespace Engine.Cache;

/// <summary>Notifications to the owner of the cached objects; called outside locks. What an implementation throws is counted
/// and does not harm the cache.</summary>
public interface ICacheEvents
{
    /// <summary>The last dirty or in-flight byte of the set was settled or dropped; called before the flushes that waited
    /// for it end.</summary>
    void OnSetClean(ObjectSet set);

    /// <summary>Dirty data could not be written; called before the flushes end that failed with it. Until the answer is there the
    /// data is left alone, but for flushes.</summary>
    /// <returns>What becomes of it.</returns>
    WritebackAction OnWritebackError(WritebackError failure) => failure.DefaultAction;
}
