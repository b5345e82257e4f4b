using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Says in an event which client's request it carries out.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct CompletedPart
{
    public const int Bytes = 32;

    public ClientId Client;
    public ulong Tid;

    /// <summary>The inode that the answer tells of; none if none.</summary>
    public Ino Made;

    /// <summary>The client does not ask for requests below this number any more.</summary>
    public ulong OldestTid;
}
