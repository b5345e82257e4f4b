using System.Runtime.InteropServices;

namespace Engine.Testing.Namespace;

/// <summary>System calls as they are: the C library's wrappers change credentials of the whole process, these of the calling
/// thread only.</summary>
internal static partial class SystemCalls
{
    /// <summary>Why they cannot be made here; null when they can.</summary>
    public static string? Unavailable =>
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            ? "the numbers of system calls are known for Linux on x86-64 only"
            : Environment.IsPrivilegedProcess ? null : "changing root and credentials needs root";

    /// <summary>The result, or a negative errno.</summary>
    public static nint Invoke(SystemCall call, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        nint result = Invoke((nint)call, a, b, c, d, e, 0);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Invoke(nint number, nint a, nint b, nint c, nint d, nint e, nint f);
}
