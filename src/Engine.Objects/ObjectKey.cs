namespace Engine.Objects;

/// <summary>
/// Full identity of an object in a store (specification of the object cache, 1.2): all five parts count. Immutable and compared
/// by value; hot paths carry the reference or an interned index, and hash no string per request.
/// </summary>
/// <param name="PoolId">Pool, at least 0.</param>
/// <param name="Namespace">Namespace within the pool; empty for the default one.</param>
/// <param name="Locator">Locator key; empty for none.</param>
/// <param name="Name">Object name.</param>
/// <param name="Snapshot">Snapshot id, or <see cref="NoSnapshot"/> for the writable head.</param>
public sealed record ObjectKey(long PoolId, string Namespace, string Locator, string Name, ulong Snapshot = ObjectKey.NoSnapshot)
{
    /// <summary>The writable head of an object.</summary>
    public const ulong NoSnapshot = ulong.MaxValue - 1;
}
