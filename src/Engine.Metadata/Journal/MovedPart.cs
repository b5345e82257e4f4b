using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>A directory that another rank has from here on, and where its copy lies: its new name follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct MovedPart
{
    public const int Bytes = 24;

    /// <summary>The dirfrag of the new name, the other rank's.</summary>
    public DirPart To;

    /// <summary>The directory.</summary>
    public Ino Ino;
}
