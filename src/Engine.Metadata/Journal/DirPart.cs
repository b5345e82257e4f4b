using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Names the dirfrag of a part of an event; its record, or an entry's name, may follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct DirPart
{
    public const int Bytes = 16;

    /// <summary>The dirfrag was made by the event: it has no other entries than those that events add.</summary>
    public const ushort IsNew = 1;

    /// <summary>The entries that follow are not changed by the event: they lead to what is.</summary>
    public const ushort IsContext = 2;

    public Ino Ino;
    public uint Frag;
    public uint Reserved;

    public DirPart(DirFrag dir)
    {
        Ino = dir.Ino;
        Frag = dir.Frag.Raw;
        Reserved = 0;
    }

    /// <summary>False for a frag that is none.</summary>
    public readonly bool TryGet(out DirFrag dir)
    {
        bool isFrag = Metadata.Frag.TryFromRaw(Frag, out Frag frag);
        dir = new DirFrag(Ino, frag);
        return isFrag && !Ino.IsNone;
    }
}
