using System.Globalization;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Names of the objects that dirfrags are kept in: number of the inode and the frag, in hexadecimal.</summary>
internal static class DirObjects
{
    /// <summary>What every name begins with.</summary>
    public const string Prefix = "dir.";

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
