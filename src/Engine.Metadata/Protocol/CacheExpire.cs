namespace Engine.Metadata;

/// <summary>A rank dropped copies that it had of others' metadata. Source: migrator specification, 1.6.</summary>
/// <param name="Realms">What was dropped, by the subtree that it was in.</param>
public sealed record CacheExpire(IReadOnlyList<ExpireRealm> Realms) : Message;
