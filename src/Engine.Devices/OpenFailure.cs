using Engine.Buffers;

namespace Engine.Devices;

/// <summary>The one-line messages of <see cref="DeviceException"/>: what failed, where, what to do.</summary>
internal static class OpenFailure
{
    // What the shim says of anything but a block device, a regular file or a directory.
    private const int NotBlockDevice = 15;

    public static DeviceException Open(string path, IoError error, bool readOnly)
    {
        if (error.Errno == NotBlockDevice)
            return WrongKind(path);
        string why = error.Name switch
        {
            "ENOENT" => "it does not exist; check the path, or make it first",
            "ENOTDIR" => "a part of the path is not a directory; check the path",
            "EISDIR" => "it is a directory; name a block device or a regular file",
            "EACCES" or "EPERM" when readOnly => "permission denied for reading; run as a user who may",
            "EACCES" or "EPERM" => "permission denied for reading and writing; run as a user who may",
            "EROFS" => "it lies on a read-only file system; make that writable",
            "EBUSY" or "EAGAIN" => Busy(path),
            "ENXIO" or "ENODEV" => "no such device stands behind it; attach the device first",
            "EMFILE" or "ENFILE" => "too many open files; raise the limit (ulimit -n)",
            _ => error.Name + "; see the kernel log for the device",
        };
        return new DeviceException(error == IoError.Again ? IoError.Busy : error, $"cannot open {path}: {why}");
    }

    public static DeviceException WrongKind(string path) =>
        new(IoError.Invalid, $"cannot open {path}: it is neither a block device nor a regular file; name one of those");

    public static DeviceException ReadOnlyDevice(string path) =>
        new(
            IoError.ReadOnly,
            $"cannot open {path}: the device is read-only; allow writes (blockdev --setrw)");

    public static DeviceException TooSmall(string path, int logicalBlock) =>
        new(IoError.Invalid, $"cannot open {path}: it holds less than one block of {logicalBlock} bytes; give it a size first");

    public static DeviceException Geometry(string path, IoError error) =>
        new(error, $"cannot open {path}: its geometry cannot be read ({error.Name}); check the device");

    public static DeviceException Ring(string path, string engine, IoError error) =>
        new(error, $"cannot open {path}: {RingCause(engine, error)}; choose another engine, or let it be chosen (auto)");

    /// <summary>For example <c>io_uring refused with EPERM (kernel.io_uring_disabled or seccomp)</c>.</summary>
    public static string RingCause(string engine, IoError error)
    {
        string cause = error.Name switch
        {
            "EPERM" or "EACCES" => " (kernel.io_uring_disabled or seccomp)",
            "ENOSYS" => " (the kernel or the container has no such calls)",
            "EAGAIN" => " (fs.aio-max-nr is used up)",
            "ENOMEM" => " (no memory, or the memlock limit is low)",
            _ => string.Empty,
        };
        return $"{engine} refused with {error.Name}{cause}";
    }

    public static DeviceException Create(string path, IoError error)
    {
        string why = error.Name switch
        {
            "EEXIST" => "it exists already; remove it or choose another path",
            "ENOENT" or "ENOTDIR" => "its directory does not exist; make the directory first",
            "EACCES" or "EPERM" => "permission denied; choose a directory that you may write",
            "EROFS" => "the file system is read-only; choose another",
            "ENOSPC" or "EDQUOT" => "no space left; free some or choose a smaller length",
            "EFBIG" => "the file system does not take files of that length; choose a smaller one",
            "EISDIR" => "it is a directory; name a file in it",
            _ => error.Name + "; see the kernel log for the file system",
        };
        return new DeviceException(error, $"cannot create {path}: {why}");
    }

    private static string Busy(string path)
    {
        string user = MountTable.UserOf(path) ?? "it is in use by another process or driver";
        return $"{user}; release it first";
    }
}
