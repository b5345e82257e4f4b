using System.Runtime.InteropServices;

namespace Engine.Testing.Namespace;

// Purpose: system calls on a thread whose root directory, mask, mounts and credentials are its own. The C library's wrappers
// change the credentials of the whole process; the raw calls change the calling thread's.
// Ownership: the thread belongs to the instance until Dispose, which ends it; what it alone held (its mounts) goes with it.
// Invariants: the thread does nothing but its loop, which has run once before its root changes: code that needs to load a file
// would not find it afterwards. One call at a time.

/// <summary>A thread that makes system calls for others.</summary>
internal sealed unsafe partial class SystemCallThread : IDisposable
{
    private const nint Keep = -1;
    private const int Spins = 200;

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _asked = new(false, Spins);
    private readonly ManualResetEventSlim _answered = new(false, Spins);
    private readonly uint[] _groups = GC.AllocateArray<uint>(16, pinned: true);
    private readonly nint[] _arguments = new nint[6];
    private Credential _who = Credential.Root;
    private Credential _current = Credential.Root;
    private SystemCall _call;
    private nint _result;
    private bool _stopping;

    public SystemCallThread(string name)
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = name };
        _thread.Start();
        Call(Credential.Alice, SystemCall.Umask);
        Call(Credential.Root, SystemCall.Umask);
    }

    /// <summary>Why this cannot work here; null when it can.</summary>
    public static string? Unavailable =>
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            ? "the numbers of system calls are known for Linux on x86-64 only"
            : Environment.IsPrivilegedProcess ? null : "changing root and credentials needs root";

    /// <summary>Makes the call on the thread; the result, or a negative errno. Pointers stay valid for the call's time.</summary>
    public nint Call(Credential who, SystemCall call, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        _who = who;
        _call = call;
        (_arguments[0], _arguments[1], _arguments[2], _arguments[3], _arguments[4]) = (a, b, c, d, e);
        _asked.Set();
        _answered.Wait();
        _answered.Reset();
        return _result;
    }

    /// <summary>Makes the call on the caller's own thread.</summary>
    public static nint CallHere(SystemCall call, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0)
    {
        nint result = Invoke((nint)call, a, b, c, d, e, f);
        return result == -1 ? -Marshal.GetLastPInvokeError() : result;
    }

    public void Dispose()
    {
        _stopping = true;
        _asked.Set();
        _thread.Join();
        _asked.Dispose();
        _answered.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Invoke(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    private void Serve()
    {
        for (; ; )
        {
            _asked.Wait();
            _asked.Reset();
            if (_stopping)
                return;
            nint failure = Assume(_who);
            nint[] at = _arguments;
            _result = failure < 0 ? failure : CallHere(_call, at[0], at[1], at[2], at[3], at[4]);
            _answered.Set();
        }
    }

    /// <summary>Makes <paramref name="who"/> the thread's effective user. The real user stays root, so that every change can be
    /// taken back; Linux takes the capabilities away with effective user 0 and gives them back with it.</summary>
    private nint Assume(Credential who)
    {
        if (ReferenceEquals(who, _current))
            return 0;
        for (int i = 0; i < who.Groups.Length; i++)
            _groups[i] = who.Groups[i];
        nint result = CallHere(SystemCall.SetResUid, Keep, 0, Keep);
        fixed (uint* groups = _groups)
            result |= CallHere(SystemCall.SetGroups, who.Groups.Length, (nint)groups);
        result |= CallHere(SystemCall.SetResGid, Keep, (nint)who.Gid, Keep);
        result |= CallHere(SystemCall.SetResUid, Keep, (nint)who.Uid, Keep);
        _current = who;
        return result;
    }
}
