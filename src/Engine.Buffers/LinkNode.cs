namespace Engine.Buffers;

/// <summary>
/// The place of one element in an <see cref="IntrusiveList"/>, embedded in the element. <c>default</c> is "in no list". Only the
/// list writes it.
/// </summary>
public struct LinkNode
{
    /// <summary>Index + 1 of the element before; <see cref="IntrusiveList.End"/> at the front, 0 in no list.</summary>
    internal int Prev;

    /// <summary>Index + 1 of the element after; <see cref="IntrusiveList.End"/> at the back, 0 in no list.</summary>
    internal int Next;

    /// <summary>True while the element is in a list.</summary>
    public readonly bool IsLinked => Prev != 0;
}
