using Engine.Buffers;

namespace Engine.Testing.Namespace;

// Purpose: system calls with a root directory and a credential of their own, on the caller's thread, which has its own back
// afterwards. A thread of its own for them would cost a change of threads for each call.
// Ownership: the descriptor of the root directory; of a device it is the only thing that keeps the file system mounted, so that
// nothing is left behind however the process ends.
// Invariants: between Enter and Leave nothing runs but system calls: code that had to be loaded from a file would not be found
// under a foreign root. What is called there has run once before, under the thread's own root.

/// <summary>Makes system calls under a root directory.</summary>
internal sealed unsafe class RootedCalls : IDisposable
{
    private const nint Keep = -1;
    private const int UnshareFiles = 0x200;
    private const int PathOnly = 0x200000;
    private const int CloseOnExec = 0x80000;
    private const int DescriptorOfPath = -100;
    private const int ConfigureString = 1;
    private const int ConfigureCreate = 6;
    private const int MountWithoutAccessTimes = 0x10;
    private const int GroupsMax = 64;

    private static readonly nint s_ownRoot = OpenDirectory("/");
    private static readonly nint s_ownFolder = OpenDirectory(".");
    private static readonly uint[] s_ownGroups = ReadGroups();
    private static readonly Scratch s_here = new();
    private static readonly nint s_dot = s_here.Put(".");

    [ThreadStatic]
    private static bool t_isPrepared;

    private readonly nint _root;

    private RootedCalls(nint root) => _root = root;

    /// <summary>Under a folder.</summary>
    public static RootedCalls OfFolder(string folder) => new(OpenDirectory(folder));

    /// <summary>Under the root of a device's file system, mounted for this instance alone and nowhere in the tree of files.
    /// </summary>
    public static RootedCalls OfDevice(string device, string type)
    {
        var name = new Scratch();
        var value = new Scratch();
        nint context = Must("fsopen " + type, SystemCalls.Invoke(SystemCall.OpenFileSystem, name.Put(type), 1));
        nint key = name.Put("source");
        nint source = value.Put(device);
        Must("fsconfig", SystemCalls.Invoke(SystemCall.ConfigureFileSystem, context, ConfigureString, key, source));
        Must("mount " + device, SystemCalls.Invoke(SystemCall.ConfigureFileSystem, context, ConfigureCreate));
        nint root = SystemCalls.Invoke(SystemCall.MountFileSystem, context, 1, MountWithoutAccessTimes);
        SystemCalls.Invoke(SystemCall.Close, context);
        return new(Must("fsmount " + device, root));
    }

    /// <summary>Makes a call; the result, or a negative errno. Pointers stay valid for the call's time.</summary>
    public nint Invoke(Credential who, SystemCall call, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        if (!t_isPrepared)
            Prepare();
        return InvokeUnder(_root, who, call, a, b, c, d, e);
    }

    public void Dispose() => SystemCalls.Invoke(SystemCall.Close, _root);

    private static void Prepare()
    {
        Must("unshare", SystemCalls.Invoke(SystemCall.Unshare, UnshareFiles));
        InvokeUnder(s_ownRoot, Credential.Alice, SystemCall.GetGroups, 0, 0, 0, 0, 0);
        t_isPrepared = true;
    }

    private static nint InvokeUnder(nint root, Credential who, SystemCall call, nint a, nint b, nint c, nint d, nint e)
    {
        nint entered = Enter(root, who, out nint mask);
        nint result = entered < 0 ? entered : SystemCalls.Invoke(call, a, b, c, d, e);
        nint left = Leave(who, mask);
        Invariant.That(entered >= 0 && left >= 0, "a privileged thread changes its root and its user");
        return result;
    }

    /// <summary>Root directory, mask, groups, group, user: in this order, since each but the last needs root. The real user stays
    /// root; Linux takes the capabilities away with effective user 0 and gives them back with it.</summary>
    private static nint Enter(nint root, Credential who, out nint mask)
    {
        nint result = SystemCalls.Invoke(SystemCall.ChangeDirectoryOf, root);
        result |= SystemCalls.Invoke(SystemCall.ChangeRoot, s_dot);
        mask = SystemCalls.Invoke(SystemCall.Umask);
        if (who.Uid == 0 || result < 0)
            return result;
        fixed (uint* groups = who.Groups)
            result |= SystemCalls.Invoke(SystemCall.SetGroups, who.Groups.Length, (nint)groups);
        result |= SystemCalls.Invoke(SystemCall.SetResGid, Keep, (nint)who.Gid, Keep);
        return result | SystemCalls.Invoke(SystemCall.SetResUid, Keep, (nint)who.Uid, Keep);
    }

    private static nint Leave(Credential who, nint mask)
    {
        nint result = 0;
        if (who.Uid != 0)
        {
            result |= SystemCalls.Invoke(SystemCall.SetResUid, Keep, 0, Keep);
            result |= SystemCalls.Invoke(SystemCall.SetResGid, Keep, 0, Keep);
            fixed (uint* groups = s_ownGroups)
                result |= SystemCalls.Invoke(SystemCall.SetGroups, s_ownGroups.Length, (nint)groups);
        }

        SystemCalls.Invoke(SystemCall.Umask, mask);
        result |= SystemCalls.Invoke(SystemCall.ChangeDirectoryOf, s_ownRoot);
        result |= SystemCalls.Invoke(SystemCall.ChangeRoot, s_dot);
        return result | SystemCalls.Invoke(SystemCall.ChangeDirectoryOf, s_ownFolder);
    }

    private static uint[] ReadGroups()
    {
        uint[] groups = new uint[GroupsMax];
        fixed (uint* at = groups)
            return groups[..(int)Must("getgroups", SystemCalls.Invoke(SystemCall.GetGroups, GroupsMax, (nint)at))];
    }

    private static nint OpenDirectory(string folder)
    {
        nint path = new Scratch().Put(folder);
        return Must("open " + folder, SystemCalls.Invoke(SystemCall.OpenAt, DescriptorOfPath, path, PathOnly | CloseOnExec));
    }

    private static nint Must(string what, nint result) =>
        result >= 0 ? result : throw new IOException($"{what}: {Errno.NameOf(IoError.FromResult(result))}");
}
