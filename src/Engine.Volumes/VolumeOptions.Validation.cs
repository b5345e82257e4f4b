using System.Numerics;
using Engine.Buffers;
using Engine.Cache;
using Engine.Objects;

namespace Engine.Volumes;

/// <content>What the options need, and whether they can work.</content>
public sealed partial record VolumeOptions
{
    /// <summary>Least cache: below it a single request would not fit.</summary>
    private const long CacheBytesMin = 64 << 10;

    /// <summary>Blocks that <see cref="Pool"/> must have with these options.</summary>
    public int PoolBlocksNeeded => Cached ? ObjectCacher.BlocksNeeded(CacheSettings()) : DirectBlocks;

    /// <summary>Throws the first reason why these options cannot work with the store and the image.</summary>
    internal void Validate(BackendCapabilities store, ImageDescription image)
    {
        ValidateImage(store, image);
        if (CloseTimeout <= TimeSpan.Zero && CloseTimeout != Timeout.InfiniteTimeSpan)
            throw Refused($"CloseTimeout is {CloseTimeout}; it must be positive, or infinite");
        if (Cached)
            ValidateCache(store);
        ValidatePool(store);
    }

    /// <summary>The cache's limits, with what was left open filled in.</summary>
    internal CacheSettings CacheSettings()
    {
        long dirtyMax = DirtyBytesMax ?? CacheBytes / 2;
        return new CacheSettings
        {
            SizeBytes = CacheBytes,
            DirtyBytesMax = dirtyMax,
            DirtyBytesTarget = DirtyBytesTarget ?? dirtyMax / 2,
            DirtyAgeMax = DirtyAgeMax,
            WritebackWindow = WritebackWindow,
        };
    }

    /// <summary>The pool of a volume that owns one.</summary>
    internal BufferPool CreatePool()
    {
        long bytes = (long)PoolBlocksNeeded * BlockBytes;
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
            throw NoMemory(bytes, available);
        try
        {
            return new BufferPool(
                new BufferPoolOptions { BlockBytes = BlockBytes, BlockCount = PoolBlocksNeeded, PreTouchBytes = long.MaxValue });
        }
        catch (OutOfMemoryException)
        {
            throw NoMemory(bytes, available);
        }
    }

    private void ValidateImage(BackendCapabilities store, ImageDescription image)
    {
        if (!image.Layout.IsValid)
            throw Refused($"the image's layout {image.Layout} is impossible");
        if (image.LengthBytes <= 0)
            throw Refused($"the image has {image.LengthBytes} bytes; it must have at least one");
        int alignment = Math.Max(store.ReadAlignment, store.WriteAlignment);
        if (!BitOperations.IsPow2(store.ReadAlignment) || !BitOperations.IsPow2(store.WriteAlignment) || alignment > BlockBytes)
            throw Refused($"the store's alignment of {alignment} bytes is not a power of two up to {BlockBytes}");
        if (image.Layout.StripeUnit % alignment != 0)
        {
            throw Refused(
                $"the image's stripe unit of {image.Layout.StripeUnit} bytes is not a multiple of the store's {alignment}");
        }
    }

    private void ValidateCache(BackendCapabilities store)
    {
        CacheSettings settings = CacheSettings();
        if (store.OperationsMax < ObjectCacher.OperationsMin)
        {
            throw Refused(
                $"the store takes {store.OperationsMax} operations at once; a cache needs at least {ObjectCacher.OperationsMin}");
        }

        if (CacheBytes < CacheBytesMin)
            throw Refused($"CacheBytes is {CacheBytes}; a cache needs at least {CacheBytesMin}");
        if (settings.DirtyBytesMax < 0 || settings.DirtyBytesMax > CacheBytes)
            throw Refused($"DirtyBytesMax is {settings.DirtyBytesMax}; it must lie between 0 and CacheBytes, {CacheBytes}");
        if (settings.DirtyBytesTarget < 0 || settings.DirtyBytesTarget > settings.DirtyBytesMax)
        {
            throw Refused(
                $"DirtyBytesTarget is {settings.DirtyBytesTarget}; "
                + $"it must lie between 0 and DirtyBytesMax, {settings.DirtyBytesMax}");
        }

        if (DirtyAgeMax <= TimeSpan.Zero)
            throw Refused($"DirtyAgeMax is {DirtyAgeMax}; it must be positive");
        if (WritebackWindow <= 0)
            throw Refused($"WritebackWindow is {WritebackWindow}; it must be positive");
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (CacheBytes > available)
            throw NoMemory(CacheBytes, available);
        if (settings.Validate().Failed)
            throw Refused($"CacheBytes is {CacheBytes}; that is more than a cache can manage");
    }

    private void ValidatePool(BackendCapabilities store)
    {
        if (Pool is not null && (Pool.BlockBytes != BlockBytes || Pool.BlockCount < PoolBlocksNeeded))
        {
            throw Refused(
                $"the pool has {Pool.BlockCount} blocks of {Pool.BlockBytes} bytes; "
                + $"needed are {PoolBlocksNeeded} of {BlockBytes}");
        }

        if (!Cached && DirectPath.TransferLimit(store, BlockBytes, DirectBlocks) == 0)
            throw Refused($"the store takes at most {store.TransferBytesMax} bytes at once; needed are {BlockBytes}");
    }

    private VolumeException NoMemory(long bytes, long available) =>
        new(
            $"volume '{Name}': {bytes} bytes of memory are needed, {available} are available; choose a smaller cache",
            IoError.NoMemory);

    private VolumeException Refused(string reason) => new($"volume '{Name}': {reason}", IoError.Invalid);
}
