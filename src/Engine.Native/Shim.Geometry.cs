using System.Runtime.InteropServices;

namespace Engine.Native;

internal static partial class Shim
{
    [LibraryImport(Library, EntryPoint = "eio_geometry_of")]
    internal static partial int GeometryOf(int fd, out EioGeometry geometry);
}
