using System.Globalization;
using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>Reads dirfrag objects offline, one after another.</summary>
/// <param name="objects">The store; only read.</param>
/// <param name="pages">Where their pages go.</param>
/// <param name="cacheBytesMax">The room of those.</param>
internal sealed class DirLoader(IObjectBackend objects, MetadataPagePool pages, long cacheBytesMax) : IDisposable
{
    private readonly BufferPool _pool = DirObjects.NewPool(cacheBytesMax);
    private readonly PageValidator _validator = new();

    /// <summary>Names of all objects.</summary>
    public IoError List(List<string> names) =>
        BlockingIo.Run(submission => objects.List(DirObjects.Prefix, names, submission)).Error;

    /// <summary>Reads and validates an object; null, or what is wrong. What cannot be read, or is read wrong, is read once more:
    /// a device may do better then.</summary>
    public string? TryLoad(DirFrag name, out PageChain? chain)
    {
        string? problem = TryOnce(name, out chain);
        return problem is null || LacksMemory ? problem : TryOnce(name, out chain);
    }

    /// <summary>An object was not loaded for want of memory: nothing is known to be wrong with it.</summary>
    public bool LacksMemory { get; private set; }

    /// <summary>The last object could not be read: nothing is known to be wrong with what it holds.</summary>
    public bool IsUnread { get; private set; }

    /// <summary>An object may not be read by who asks: nothing is known to be wrong with it.</summary>
    public bool MayNotRead { get; private set; }

    private string? TryOnce(DirFrag name, out PageChain? chain)
    {
        chain = null;
        IsUnread = false;
        ObjectTarget target = DirObjects.TargetOf(name);
        IoResult size = BlockingIo.Run(submission => objects.Stat(target, submission));
        if (size.Error == IoError.NoEntry)
            return "its object is missing";
        if (size.Failed)
            return Unread(size.Error);
        if (size.Bytes is 0 or > int.MaxValue)
            return string.Create(CultureInfo.InvariantCulture, $"its object has {size.Bytes} bytes");
        using BufferList bytes = BufferList.Rent(_pool);
        for (long left = size.Bytes; left > 0; left -= _pool.BlockBytes)
        {
            if (!_pool.TryRent(out BufferHandle handle))
                return NoMemory();
            bytes.AppendOwned(handle, 0, (int)Math.Min(left, _pool.BlockBytes));
        }

        IoResult read = BlockingIo.Run(submission =>
            objects.Read(new ObjectRead(target, 0, (int)size.Bytes), bytes, submission));
        if (read.Failed)
            return Unread(read.Error);
        if (read.Bytes < size.Bytes)
            return string.Create(CultureInfo.InvariantCulture, $"its object ends after {read.Bytes} bytes");
        IoError error = PageChain.TryLoad(pages, bytes, name, PageKind.Dirfrag, _validator, out chain, out PageProblem found);
        return error.IsNone ? null : error == IoError.NoMemory ? NoMemory() : found.ToString();
    }

    private string Unread(IoError error)
    {
        MayNotRead |= error == IoError.Access || error == IoError.NotPermitted;
        // A store that knows its bytes to be wrong has read them.
        IsUnread = error != IoError.Damaged && error != IoError.NoEntry;
        return $"its object cannot be read: {error.Name}";
    }

    private string NoMemory()
    {
        LacksMemory = true;
        return "there is no memory to load it";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _validator.Dispose();
        _pool.Dispose();
    }
}
