using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>Why the runtime refused to make a directory, in words that say what to do.</summary>
internal static class FormatRefusal
{
    // ENOSPC and EROFS, as .NET hands them on.
    private const int NoSpace = 28;
    private const int ReadOnly = 30;

    public static IoError ErrorOf(Exception refusal) => refusal switch
    {
        DeviceException device => new IoError(device.Errno),
        UnauthorizedAccessException => IoError.Access,
        FileNotFoundException or DirectoryNotFoundException => IoError.NoEntry,
        _ => refusal.HResult is NoSpace or ReadOnly ? new IoError(refusal.HResult) : IoError.Io,
    };

    public static string Why(Exception refusal) => refusal switch
    {
        DeviceException => refusal.Message,
        UnauthorizedAccessException => "permission denied; name a place where you may make directories",
        FileNotFoundException or DirectoryNotFoundException =>
            "its place is no directory, or one of a file system on which nothing can be made; name another",
        _ => refusal.HResult switch
        {
            NoSpace => "no space is left there (ENOSPC); free some, or name a place on another file system",
            ReadOnly => "it would lie on a read-only file system; name another place",
            _ => refusal.Message,
        },
    };
}
