namespace Engine.Cache.Tests.Eviction;

/// <summary>An eviction policy as simple as it can be told, over keys: what the real one must do step by step.</summary>
internal interface IPolicyModel
{
    void Enter(long key);

    void Leave(long key);

    void Touch(long key);

    /// <summary>The key that goes; null when none may.</summary>
    long? Evict();

    /// <summary>The key is no longer cached: what is known of it beyond ghosts is forgotten.</summary>
    void Forget(long key);
}
