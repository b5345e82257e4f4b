using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>Blocks of a few pools, one for each size, under one limit of bytes. The pools stay the caller's.</summary>
public sealed class PageMemory : IPageMemory
{
    private readonly BufferPool[] _pools;
    private readonly long _bytesMax;

    /// <summary>Rents from these pools while they have at most <paramref name="bytesMax"/> bytes rented in all; who rents from
    /// them elsewhere counts too.</summary>
    public PageMemory(ReadOnlySpan<BufferPool> pools, long bytesMax)
    {
        _pools = pools.ToArray();
        _bytesMax = bytesMax;
    }

    /// <summary>The pages of a rank: what is received can be taken over by <see cref="MetadataPagePool.Take"/>.</summary>
    public static PageMemory Of(MetadataPagePool pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        var pools = new BufferPool[PageSize.ClassCount];
        for (int i = 0; i < pools.Length; i++)
            pools[i] = pages.Blocks(i);
        return new PageMemory(pools, pages.BytesMax);
    }

    /// <inheritdoc/>
    public bool TryRent(int shift, [NotNullWhen(true)] out BufferPool? pool, out BufferHandle handle)
    {
        pool = null;
        handle = default;
        long used = 1L << shift;
        foreach (BufferPool each in _pools)
        {
            used += (long)each.RentedCount * each.BlockBytes;
            if (BitOperations.Log2((uint)each.BlockBytes) == shift)
                pool = each;
        }

        return pool is not null && used <= _bytesMax && pool.TryRent(out handle);
    }
}
