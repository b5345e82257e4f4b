// A doubly linked list of elements named by a 32-bit index, whose links live in the elements.
//
// Ownership: the list owns two indices and a count; the links belong to the caller's elements, found through the storage passed
// to every call (always the same one for one list). It is itself a plain struct without references, so it can lie in unmanaged
// memory; default is an empty list. Mutable: keep it in a field that is not readonly, and never copy it.
// Invariants: an element is linked (Prev and Next not 0) exactly while it is in a list; the first element's Prev and the last's
// Next are End; Count is the number of elements reached from the front, and from the back.

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Engine.Buffers;

/// <summary>
/// A doubly linked list over elements named by index (0 and up), with the links embedded in the elements: every operation takes
/// constant time and allocates nothing. Adding what is in a list, and removing what is in none, are invariant failures.
/// </summary>
public struct IntrusiveList
{
    /// <summary>What <see cref="First"/> and its kin answer where there is no element.</summary>
    public const int None = -1;

    /// <summary>Marks the outer side of the first and the last element's link.</summary>
    internal const int End = -1;

    // Both hold index + 1, and 0 when the list is empty, so that zeroed memory is an empty list.
    private int _head;
    private int _tail;
    private int _count;

    /// <summary>Number of elements.</summary>
    public readonly int Count => _count;

    /// <summary>True without elements.</summary>
    public readonly bool IsEmpty => _count == 0;

    /// <summary>Index of the first element, or <see cref="None"/>.</summary>
    public readonly int First => _head - 1;

    /// <summary>Index of the last element, or <see cref="None"/>.</summary>
    public readonly int Last => _tail - 1;

    /// <summary>Index of the element after <paramref name="index"/>, or <see cref="None"/>.</summary>
    public readonly int Next<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        Invariant.That(_count > 0);
        int next = links.Link(index).Next;
        CheckLinked(next, index);
        return next == End ? None : next - 1;
    }

    /// <summary>Index of the element before <paramref name="index"/>, or <see cref="None"/>.</summary>
    public readonly int Previous<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        Invariant.That(_count > 0);
        int previous = links.Link(index).Prev;
        CheckLinked(previous, index);
        return previous == End ? None : previous - 1;
    }

    /// <summary>Puts an element that is in no list at the front.</summary>
    public void AddFirst<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        ref LinkNode node = ref links.Link(index);
        CheckUnlinked(in node, index);
        node.Prev = End;
        if (_head == 0)
        {
            node.Next = End;
            _tail = index + 1;
        }
        else
        {
            node.Next = _head;
            links.Link(_head - 1).Prev = index + 1;
        }

        _head = index + 1;
        _count++;
    }

    /// <summary>Puts an element that is in no list at the back.</summary>
    public void AddLast<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        ref LinkNode node = ref links.Link(index);
        CheckUnlinked(in node, index);
        node.Next = End;
        if (_tail == 0)
        {
            node.Prev = End;
            _head = index + 1;
        }
        else
        {
            node.Prev = _tail;
            links.Link(_tail - 1).Next = index + 1;
        }

        _tail = index + 1;
        _count++;
    }

    /// <summary>Puts an element that is in no list in front of <paramref name="successor"/>, which is in this one.</summary>
    public void InsertBefore<TLinks>(TLinks links, int successor, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        ref LinkNode after = ref links.Link(successor);
        CheckLinked(after.Prev, successor);
        if (after.Prev == End)
        {
            Invariant.That(_head == successor + 1);
            AddFirst(links, index);
            return;
        }

        ref LinkNode node = ref links.Link(index);
        CheckUnlinked(in node, index);
        node.Prev = after.Prev;
        node.Next = successor + 1;
        links.Link(after.Prev - 1).Next = index + 1;
        after.Prev = index + 1;
        _count++;
    }

    /// <summary>Takes an element of this list out.</summary>
    public void Remove<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        ref LinkNode node = ref links.Link(index);
        int previous = node.Prev;
        int next = node.Next;
        CheckLinked(previous, index);
        if (previous == End)
        {
            Invariant.That(_head == index + 1);
            _head = next == End ? 0 : next;
        }
        else
        {
            links.Link(previous - 1).Next = next;
        }

        if (next == End)
        {
            Invariant.That(_tail == index + 1);
            _tail = previous == End ? 0 : previous;
        }
        else
        {
            links.Link(next - 1).Prev = previous;
        }

        node = default;
        _count--;
    }

    /// <summary>Takes the first element out; <see cref="None"/> when there is none.</summary>
    public int RemoveFirst<TLinks>(TLinks links)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        int index = First;
        if (index != None)
            Remove(links, index);
        return index;
    }

    /// <summary>Takes the last element out; <see cref="None"/> when there is none.</summary>
    public int RemoveLast<TLinks>(TLinks links)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        int index = Last;
        if (index != None)
            Remove(links, index);
        return index;
    }

    /// <summary>Brings an element of this list to the front.</summary>
    public void MoveToFirst<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        if (_head == index + 1)
            return;
        Remove(links, index);
        AddFirst(links, index);
    }

    /// <summary>Brings an element of this list to the back.</summary>
    public void MoveToLast<TLinks>(TLinks links, int index)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        if (_tail == index + 1)
            return;
        Remove(links, index);
        AddLast(links, index);
    }

    /// <summary>Walks the whole list and fails on any broken invariant.</summary>
    public readonly void Verify<TLinks>(TLinks links)
        where TLinks : struct, ILinkStorage, allows ref struct
    {
        Invariant.That((_head == 0) == (_count == 0));
        Invariant.That((_tail == 0) == (_count == 0));
        int count = 0;
        int previous = End;
        for (int at = _head == 0 ? End : _head; at != End; at = links.Link(at - 1).Next)
        {
            Invariant.That(at > 0);
            Invariant.That(links.Link(at - 1).Prev == previous);
            Invariant.That(++count <= _count);
            previous = at;
        }

        Invariant.That(count == _count);
        Invariant.That(count == 0 || previous == _tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckUnlinked(in LinkNode node, int index)
    {
        if ((node.Prev | node.Next) != 0)
            FailLinked(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckLinked(int side, int index)
    {
        if (side == 0)
            FailUnlinked(index);
    }

    [DoesNotReturn]
    private static void FailLinked(int index) => Invariant.Fail($"element {index} is in a list already");

    [DoesNotReturn]
    private static void FailUnlinked(int index) => Invariant.Fail($"element {index} is in no list");
}
