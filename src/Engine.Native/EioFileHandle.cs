using Microsoft.Win32.SafeHandles;

namespace Engine.Native;

/// <summary>
/// A descriptor opened by the shim. Its operations hold the descriptor open while they run: disposing it on another thread
/// closes it after them.
/// </summary>
internal sealed unsafe class EioFileHandle : SafeHandleMinusOneIsInvalid
{
    private EioFileHandle(int fd)
        : base(ownsHandle: true) => SetHandle(fd);

    /// <summary>The descriptor; valid only while somebody keeps this handle undisposed.</summary>
    internal int Descriptor => (int)handle;

    /// <summary>Opens <paramref name="path"/>; 0 and a handle, or a negative errno and null.</summary>
    internal static int Open(string path, EioOpenFlags flags, out EioFileHandle? file)
    {
        var error = Shim.Open(path, flags, out var fd);
        file = error == 0 ? new EioFileHandle(fd) : null;
        return error;
    }

    internal int Geometry(out EioGeometry geometry)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.GeometryOf(Descriptor, out geometry);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    internal int SetLength(ulong lengthBytes, bool allocate)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.SetLength(Descriptor, lengthBytes, allocate ? 1 : 0);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <summary>Reads or writes on the caller's thread; bytes moved or a negative errno.</summary>
    internal long Transfer(EioOperation operation, EioRequestFlags flags, EioVector* vectors, uint count, long offset)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.Transfer(Descriptor, operation, flags, vectors, count, offset);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    internal int Flush()
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.Flush(Descriptor);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <summary>fsync: size and times too.</summary>
    internal int Sync()
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.Sync(Descriptor);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <summary>Takes or gives back the descriptor's lock; waits for it.</summary>
    internal int Lock(bool exclusive)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.Lock(Descriptor, exclusive ? 1 : 0);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    internal int Discard(ulong offset, ulong lengthBytes)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.Discard(Descriptor, offset, lengthBytes);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    internal int WriteZeroes(ulong offset, ulong lengthBytes)
    {
        var held = false;
        try
        {
            DangerousAddRef(ref held);
            return Shim.WriteZeroes(Descriptor, offset, lengthBytes);
        }
        finally
        {
            if (held)
                DangerousRelease();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Shim.Close((int)handle) == 0;
}
