using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

// Purpose: a directory of this machine as an INamespace: the kernel is the reference that ours is compared with, and a real tree
// is walked by the same code as ours.
// Ownership: RootedCalls with the folder as root directory, so that absolute links, ".." and the limits of a path mean what they
// mean at a real root. Scratch memory is pinned and reused: one operation at a time.
// Invariants: every handle in _open is a descriptor of ours; Reset empties the folder and is refused for a folder that was not
// given for that.

/// <summary>A directory of a real file system.</summary>
public unsafe partial class KernelNamespace : INamespace
{
    private const int DescriptorOfPath = -100;
    private const int NoFollowFlag = 0x100;
    private const int RemoveDirectoryFlag = 0x200;
    private const int EmptyPathFlag = 0x1000;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const uint RootMode = 0x1FF;
    private const uint StatxBasic = 0x7FF;

    private readonly RootedCalls _calls;
    private readonly bool _mayEmpty;
    private readonly HashSet<int> _open = [];
    private readonly Scratch _first = new();
    private readonly Scratch _second = new();
    private readonly Scratch _third = new();
    private readonly byte[] _data = GC.AllocateArray<byte>(128 << 10, pinned: true);

    /// <summary>A folder as it is. Needs root; see <see cref="Unavailable"/>.</summary>
    /// <param name="folder">The directory that becomes "/".</param>
    public KernelNamespace(string folder)
        : this(RootedCalls.OfFolder(folder), mayEmpty: false)
    {
    }

    private protected KernelNamespace(RootedCalls calls, bool mayEmpty)
    {
        _calls = calls;
        _mayEmpty = mayEmpty;
    }

    /// <summary>Why no namespace of this kind can be made here; null when it can.</summary>
    public static string? Unavailable => SystemCalls.Unavailable;

    /// <inheritdoc/>
    public void Reset()
    {
        Invariant.That(_mayEmpty, "a folder is only emptied when it was given for that");
        CloseAll();
        TreeWalker.RemoveAll(this, "/"u8);
        Must("chown", ChangeOwner(Credential.Root, "/"u8, 0, 0, follow: true));
        Must("chmod", ChangeMode(Credential.Root, "/"u8, RootMode));
        Must("listxattr", ListXattr(Credential.Root, "/"u8, follow: true, out IReadOnlyList<byte[]> names));
        foreach (byte[] name in names)
            Must("removexattr", RemoveXattr(Credential.Root, "/"u8, name, follow: true));
    }

    /// <inheritdoc/>
    public Timestamp AdvanceClock()
    {
        // A change is stamped with the coarse clock, or finer but not before it: when the coarse clock has passed the present
        // time, it parts past from future.
        Timestamp now = Clock(0);
        SpinWait spin = default;
        for (; ; )
        {
            Timestamp coarse = Clock(5);
            if (coarse > now)
                return coarse;
            spin.SpinOnce();
        }
    }

    /// <summary>Closes what is open and gives the root directory up.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open and gives the root directory up.</summary>
    protected virtual void Dispose(bool disposing)
    {
        CloseAll();
        _calls.Dispose();
    }

    private static void Must(string what, IoError error)
    {
        if (error.Failed)
            throw new IOException($"{what}: {Errno.NameOf(error)}");
    }

    private Timestamp Clock(int clock)
    {
        fixed (byte* data = _data)
        {
            Must("clock_gettime", Result(SystemCalls.Invoke(SystemCall.ClockGetTime, clock, (nint)data)));
            return TimeAt(0);
        }
    }

    private Timestamp TimeAt(int offset) => new(
        BinaryPrimitives.ReadInt64LittleEndian(_data.AsSpan(offset)),
        BinaryPrimitives.ReadUInt32LittleEndian(_data.AsSpan(offset + 8)));

    private void CloseAll()
    {
        foreach (int handle in _open)
            SystemCalls.Invoke(SystemCall.Close, handle);
        _open.Clear();
    }
}
