namespace Engine.Buffers;

/// <summary>
/// Finds the <see cref="LinkNode"/> of an element by index. Implement it as a small struct over the owner's array, so that the
/// list's methods compile to direct memory accesses:
/// <c>readonly unsafe struct LruLinks(BufferHead* heads) : ILinkStorage { public ref LinkNode Link(int index) => ref
/// heads[index].Lru; }</c>.
/// </summary>
public interface ILinkStorage
{
    /// <summary>The link of element <paramref name="index"/>.</summary>
    ref LinkNode Link(int index);
}
