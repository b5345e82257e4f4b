// How a directory is divided. Owned by the directory's inode; not thread-safe.
// Invariant: the leaves are sorted, each starts where its predecessor ends, the first at 0, the last ends at the last hash.

using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>
/// How a directory is divided: frags that are disjoint and cover the whole space of hashes, the leaves. A directory that is not
/// divided has one leaf, the root. Source: migrator specification, 1.2.
/// </summary>
/// <remarks>
/// The leaves alone say everything a map of splits would say, and two trees with equal leaves are equal whatever splits and
/// merges made them. A leaf starts where the one before it ends, so that a byte a leaf, its number of bits, is the stored form.
/// </remarks>
public sealed class FragTree
{
    /// <summary>Most leaves; a directory of so many is full.</summary>
    public const int LeafCountMax = 1 << 15;

    private const byte EncodingVersion = 1;

    private readonly List<Frag> _leaves = [Frag.Root];

    /// <summary>Leaves in order of hash; valid until the tree changes.</summary>
    public ReadOnlySpan<Frag> Leaves => CollectionsMarshal.AsSpan(_leaves);

    /// <summary>Is the directory in one piece?</summary>
    public bool IsUndivided => _leaves.Count == 1;

    /// <summary>Bytes that <see cref="Encode"/> writes.</summary>
    public int EncodedLength => 1 + _leaves.Count;

    /// <summary>The leaf that holds the hash.</summary>
    /// <param name="hash">At most <see cref="Frag.HashMax"/>.</param>
    public Frag Leaf(uint hash) => _leaves[LeafIndex(hash)];

    /// <summary>Is this frag a leaf?</summary>
    public bool IsLeaf(Frag frag) => Leaf(frag.Value) == frag;

    /// <summary>The leaf that contains the frag; the frag itself when it is divided.</summary>
    public Frag BranchOrLeaf(Frag frag)
    {
        Frag leaf = Leaf(frag.Value);
        return leaf.Contains(frag) ? leaf : frag;
    }

    /// <summary>The leaves that lie wholly inside the frag, in order; valid until the tree changes. Empty when the frag is less
    /// than a leaf.</summary>
    public ReadOnlySpan<Frag> LeavesUnder(Frag frag)
    {
        int first = LeafIndex(frag.Value);
        return frag.Contains(_leaves[first])
            ? Leaves[first..(LeafIndex(frag.Last) + 1)]
            : [];
    }

    /// <summary>Divides a leaf into 2^<paramref name="splitBits"/> equal leaves; false, and nothing is done, when that exceeds
    /// the bits of a hash or <see cref="LeafCountMax"/>.</summary>
    public bool TrySplit(Frag leaf, int splitBits)
    {
        Invariant.That(IsLeaf(leaf) && splitBits > 0);
        if (leaf.Bits + splitBits > Frag.HashBits || splitBits >= 16 || _leaves.Count - 1 + (1 << splitBits) > LeafCountMax)
            return false;
        int at = LeafIndex(leaf.Value);
        int count = 1 << splitBits;
        _leaves[at] = leaf.Child(splitBits, 0);
        _leaves.InsertRange(at + 1, new Frag[count - 1]);
        for (int i = 1; i < count; i++)
            _leaves[at + i] = leaf.Child(splitBits, (uint)i);
        return true;
    }

    /// <summary>Makes a leaf of all leaves under the frag, which is not less than a leaf.</summary>
    public void Merge(Frag frag)
    {
        int first = LeafIndex(frag.Value);
        Invariant.That(frag.Contains(_leaves[first]));
        int last = LeafIndex(frag.Last);
        _leaves[first] = frag;
        _leaves.RemoveRange(first + 1, last - first);
    }

    /// <summary>Divides or merges as little as makes the frag a leaf: a peer divided the directory otherwise. False, and nothing
    /// is done, when that exceeds <see cref="LeafCountMax"/>.</summary>
    public bool TryForceToLeaf(Frag frag)
    {
        int at = LeafIndex(frag.Value);
        Frag leaf = _leaves[at];
        if (frag.Contains(leaf))
        {
            Merge(frag);
            return true;
        }

        // One bit at a time towards the frag: each step adds one leaf, the half that is not entered.
        if (_leaves.Count + frag.Bits - leaf.Bits > LeafCountMax)
            return false;
        while (leaf != frag)
        {
            _leaves[at] = leaf.Child(1, 0);
            _leaves.Insert(at + 1, leaf.Child(1, 1));
            if (!_leaves[at].Contains(frag))
                at++;
            leaf = _leaves[at];
        }

        return true;
    }

    /// <summary>Writes the tree into the first <see cref="EncodedLength"/> bytes.</summary>
    public void Encode(Span<byte> destination)
    {
        destination[0] = EncodingVersion;
        for (int i = 0; i < _leaves.Count; i++)
            destination[i + 1] = (byte)_leaves[i].Bits;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote, exactly; any other bytes give false and the position of the first that
    /// is wrong.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out FragTree tree, out int errorOffset)
    {
        tree = new FragTree();
        errorOffset = 0;
        if (bytes.IsEmpty || bytes[0] != EncodingVersion)
            return false;
        if (bytes.Length - 1 > LeafCountMax)
        {
            errorOffset = LeafCountMax + 1;
            return false;
        }

        var leaves = new List<Frag>(bytes.Length - 1);
        uint next = 0;
        for (errorOffset = 1; errorOffset < bytes.Length; errorOffset++)
        {
            int bits = bytes[errorOffset];
            if (bits > Frag.HashBits || next > Frag.HashMax || Frag.Make(bits, next).Value != next)
                return false;
            Frag leaf = Frag.Make(bits, next);
            leaves.Add(leaf);
            next += leaf.Width;
        }

        if (next != Frag.HashMax + 1)
            return false;
        tree._leaves.Clear();
        tree._leaves.AddRange(leaves);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', _leaves);

    /// <summary>Index of the leaf that holds the hash: the last that does not start behind it.</summary>
    private int LeafIndex(uint hash)
    {
        Invariant.That(hash <= Frag.HashMax);
        ReadOnlySpan<Frag> leaves = Leaves;
        int low = 0;
        int high = leaves.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >> 1;
            if (leaves[middle].Value <= hash)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }
}
