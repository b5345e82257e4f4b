using Engine.Buffers;
using Engine.Devices;

namespace Engine.Cli.Namespaces;

/// <summary>What a walk tells of an entry of a directory of this machine.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Error">Why it cannot be looked at; then there is nothing else.</param>
/// <param name="Status">Its attributes.</param>
/// <param name="Target">Where a symbolic link leads; otherwise empty.</param>
/// <param name="TargetError">Why that cannot be read.</param>
/// <param name="Xattrs">Its extended attributes of users; null for none.</param>
/// <param name="XattrsError">Why they cannot be listed.</param>
internal readonly record struct SourceEntry(
    byte[] Name,
    IoError Error,
    HostStatus Status,
    byte[] Target,
    IoError TargetError,
    List<SourceXattr>? Xattrs,
    IoError XattrsError);
