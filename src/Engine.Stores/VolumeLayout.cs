namespace Engine.Stores;

/// <summary>
/// Where the parts of a volume lie on its device: a header of 1 MiB, then the objects one after another.
/// </summary>
/// <remarks>
/// The first superblock copy is the device's first block, the second the header's last. Both places are the same whatever the
/// device's size, so a device that grew or shrank is still recognised, and no backup partition table, which lies at a device's
/// end, can hit the second copy. Tools that spoil a device's start (boot sectors, partition tables, signatures) write its first
/// tens of KiB; the second copy lies behind that. The header is a whole MiB so that objects stay aligned to what devices like.
/// </remarks>
internal static class VolumeLayout
{
    public const int HeaderBytes = 1 << 20;

    /// <summary>The header and one block of image.</summary>
    public const long SmallestBytes = HeaderBytes + Superblock.UnitBytes;

    public const long FirstCopyOffset = 0;
    public const long SecondCopyOffset = HeaderBytes - Superblock.BlockBytes;

    /// <summary>Object numbers fit the eight hexadecimal digits of their names, so that names sort as numbers do.</summary>
    public const long ObjectsMax = uint.MaxValue;

    /// <summary>End of the device that a format looks at and clears: backup tables, RAID and ZFS labels.</summary>
    public const int TailBytes = 512 << 10;
}
