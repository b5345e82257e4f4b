using System.Globalization;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Names of the objects that dirfrags are kept in: number of the inode and the frag, in hexadecimal.</summary>
internal static class DirObjects
{
    /// <summary>What every name begins with.</summary>
    public const string Prefix = "dir.";

    private const int BlockBytes = 64 << 10;

    /// <summary>What is read at a time beside objects: the journal's records, one behind the other.</summary>
    private const int BlocksBeside = 1024;

    /// <summary>Memory that objects are read into before they become pages: any that fits the cache, which takes room as it is
    /// used.</summary>
    public static BufferPool NewPool(long cacheBytesMax) => new(new BufferPoolOptions
    {
        BlockBytes = BlockBytes,
        BlockCount = (int)Math.Min((cacheBytesMax / BlockBytes) + BlocksBeside, int.MaxValue),
    });

    public static ObjectTarget TargetOf(DirFrag dir)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{dir.Ino.Value:x}.{dir.Frag.Raw:x8}");
        return new ObjectTarget(new ObjectKey(0, "", "", name), 0);
    }

    /// <summary>The dirfrag that an object's name stands for; false for any other name.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out DirFrag dir)
    {
        dir = default;
        int dot = name.LastIndexOf('.');
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || dot < Prefix.Length)
            return false;
        if (!ulong.TryParse(name[Prefix.Length..dot], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong ino)
            || !uint.TryParse(name[(dot + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint raw)
            || !Frag.TryFromRaw(raw, out Frag frag))
        {
            return false;
        }

        dir = new DirFrag(new Ino(ino), frag);
        return TargetOf(dir).Key.Name.AsSpan().SequenceEqual(name);
    }
}
