using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Names a dirfrag at which another rank's subtree begins, and whose it is; what this rank knows of the dirfrag
/// follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct BoundPart
{
    public const int Bytes = 24;

    public DirPart Dir;
    public int First;
    public int Second;

    public BoundPart(DirFrag dir, Authority authority)
    {
        Dir = new DirPart(dir);
        First = authority.First;
        Second = authority.Second;
    }

    /// <summary>False for what names no dirfrag, or nobody.</summary>
    public readonly bool TryGet(out DirFrag dir, out Authority authority)
    {
        bool isPair = Authority.TryFrom(First, Second, out authority);
        return Dir.TryGet(out dir) && isPair && authority.IsSubtreeRoot;
    }
}
