using System.Runtime.InteropServices;

namespace Engine.Native;

internal static unsafe partial class Shim
{
    /// <summary>Flag of <see cref="Receive"/>: wait until everything asked for has come.</summary>
    internal const uint ReceiveAll = 1;

    /// <summary>Bytes sent, possibly fewer than asked, or a negative errno. Blocks.</summary>
    [LibraryImport(Library, EntryPoint = "eio_send")]
    internal static partial long Send(int fd, EioVector* vectors, uint count);

    /// <summary>Bytes received, 0 when the peer has ended, or a negative errno. Blocks.</summary>
    [LibraryImport(Library, EntryPoint = "eio_receive")]
    internal static partial long Receive(int fd, EioVector* vectors, uint count, uint flags);
}
