using System.Runtime.InteropServices;

namespace Engine.Metadata;

/// <summary>Says in an event which client's flush it carries out.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct FlushedPart
{
    public const int Bytes = 16;

    public ClientId Client;
    public ulong FlushTid;
}
