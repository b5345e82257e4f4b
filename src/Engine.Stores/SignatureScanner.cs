// Recognises what a device holds before a format destroys it. Pure: it looks at the first MiB and the last part of a device, both
// handed in. The offsets and magic numbers are those of the formats' own headers (libblkid knows the same ones).
using System.Buffers.Binary;
using Engine.Buffers;

namespace Engine.Stores;

internal static class SignatureScanner
{
    private const uint RaidMagic = 0xa92b4efc;
    private const ulong ZfsMagic = 0x00bab10c;
    private const int ZfsLabelBytes = 256 << 10;
    private const int ZfsUberblocksAt = 128 << 10;
    private const int ExtMagicAt = 1080;
    private const int ExtFeaturesAt = 1024 + 0x5c;

    /// <summary>Signatures at fixed places in the head; the first that matches names the content.</summary>
    private static readonly (string Name, int Offset, byte[] Magic)[] s_fixed =
    [
        ("an Engine volume", (int)VolumeLayout.FirstCopyOffset, Superblock.Magic.ToArray()),
        ("an Engine volume (second superblock)", (int)VolumeLayout.SecondCopyOffset, Superblock.Magic.ToArray()),
        ("an Engine log", (int)LogLayout.FirstSuperblock, LogSuperblock.Magic.ToArray()),
        ("an Engine log (second superblock)", (int)LogLayout.SecondSuperblock, LogSuperblock.Magic.ToArray()),
        ("a LUKS container", 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe]),
        ("a LUKS container (second header)", 0x4000, [(byte)'S', (byte)'K', (byte)'U', (byte)'L', 0xba, 0xbe]),
        ("an xfs file system", 0, "XFSB"u8.ToArray()),
        ("a btrfs file system", 65536 + 64, "_BHRfS_M"u8.ToArray()),
        ("an f2fs file system", 1024, [0x10, 0x20, 0xf5, 0xf2]),
        ("an f2fs file system", 5120, [0x10, 0x20, 0xf5, 0xf2]),
        ("an ISO 9660 file system", 32769, "CD001"u8.ToArray()),
        ("an NTFS file system", 3, "NTFS    "u8.ToArray()),
        ("an exFAT file system", 3, "EXFAT   "u8.ToArray()),
        ("a FAT file system", 54, "FAT12   "u8.ToArray()),
        ("a FAT file system", 54, "FAT16   "u8.ToArray()),
        ("a FAT file system", 54, "FAT     "u8.ToArray()),
        ("a FAT file system", 82, "FAT32   "u8.ToArray()),
        ("a squashfs file system", 0, "hsqs"u8.ToArray()),
        ("an erofs file system", 1024, [0xe2, 0xe1, 0xf5, 0xe0]),
        ("a jfs file system", 32768, "JFS1"u8.ToArray()),
        ("a reiserfs file system", 65536 + 52, "ReIsEr"u8.ToArray()),
        ("a BlueStore device", 0, "bluestore block device"u8.ToArray()),
        ("a bcache device", 4096 + 24,
            [0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81]),
        ("a bcachefs file system", 4096 + 24,
            [0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef]),
    ];

    private static readonly int[] s_swapPageBytes = [4096, 8192, 16384, 32768, 65536];

    /// <summary>Names what a device holds and where the signature stands, for example <c>an ext4 file system (byte 1080)</c>;
    /// null when nothing is recognised.</summary>
    /// <param name="head">The device's first bytes, a MiB or all of it.</param>
    /// <param name="tail">The device's last bytes; may overlap the head.</param>
    /// <param name="capacity">Size of the device in bytes.</param>
    public static string? Scan(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, long capacity)
    {
        Invariant.That(tail.Length <= capacity && head.Length <= capacity);
        return ScanHead(head) ?? ScanTail(tail, capacity - tail.Length, capacity) ?? BootSector(head);
    }

    /// <summary>As <see cref="Scan"/>, for what stands at a device's start.</summary>
    public static string? ScanHead(ReadOnlySpan<byte> head)
    {
        foreach ((string name, int offset, byte[] magic) in s_fixed)
        {
            if (Has(head, offset, magic))
                return At(name, offset);
        }

        return Ext(head) ?? Swap(head) ?? PhysicalVolume(head) ?? PartitionTable(head)
            ?? Raid(head, 0, 0, "1.1") ?? Raid(head, 4096, 4096, "1.2")
            ?? ZfsLabel(head, 0, 0) ?? ZfsLabel(head, ZfsLabelBytes, ZfsLabelBytes);
    }

    private static string? ScanTail(ReadOnlySpan<byte> tail, long tailOffset, long capacity)
    {
        long sectors = capacity / 512;
        long raid10 = ((sectors - 16) & ~7L) * 512;
        long raid09 = (capacity & ~65535L) - 65536;
        string? found = Raid(tail, raid10 - tailOffset, raid10, "1.0")
            ?? Raid(tail, raid09 - tailOffset, raid09, "0.9");
        if (found is not null)
            return found;
        foreach (int sectorBytes in (ReadOnlySpan<int>)[512, 4096])
        {
            long at = capacity - sectorBytes;
            if (Has(tail, at - tailOffset, "EFI PART"u8))
                return At("a GPT partition table (backup)", at);
        }

        // ZFS keeps its last two labels at the end of the device, rounded down to a whole label.
        long labels = (capacity & ~(ZfsLabelBytes - 1L)) - (2 * ZfsLabelBytes);
        return ZfsLabel(tail, labels - tailOffset, labels)
            ?? ZfsLabel(tail, labels + ZfsLabelBytes - tailOffset, labels + ZfsLabelBytes);
    }

    private static string? Ext(ReadOnlySpan<byte> head)
    {
        if (!Has(head, ExtMagicAt, [0x53, 0xef]))
            return null;
        uint compatible = BinaryPrimitives.ReadUInt32LittleEndian(head[ExtFeaturesAt..]);
        uint incompatible = BinaryPrimitives.ReadUInt32LittleEndian(head[(ExtFeaturesAt + 4)..]);
        uint readOnlyCompatible = BinaryPrimitives.ReadUInt32LittleEndian(head[(ExtFeaturesAt + 8)..]);
        // ext4 is what has extents, 64-bit or flexible groups, or huge files, group checksums, many links, large inodes.
        bool isExt4 = (incompatible & 0x2c0) != 0 || (readOnlyCompatible & 0x478) != 0;
        bool hasJournal = (compatible & 4) != 0;
        return At(isExt4 ? "an ext4 file system" : hasJournal ? "an ext3 file system" : "an ext2 file system", ExtMagicAt);
    }

    private static string? Swap(ReadOnlySpan<byte> head)
    {
        foreach (int page in s_swapPageBytes)
        {
            if (Has(head, page - 10, "SWAPSPACE2"u8) || Has(head, page - 10, "SWAP-SPACE"u8))
                return At("swap space", page - 10);
        }

        return null;
    }

    private static string? PhysicalVolume(ReadOnlySpan<byte> head)
    {
        for (int sector = 0; sector < 4; sector++)
        {
            int at = sector * 512;
            if (Has(head, at, "LABELONE"u8) && Has(head, at + 24, "LVM2 001"u8))
                return At("an LVM2 physical volume", at);
        }

        return null;
    }

    private static string? PartitionTable(ReadOnlySpan<byte> head)
    {
        foreach (int at in (ReadOnlySpan<int>)[512, 4096])
        {
            if (Has(head, at, "EFI PART"u8))
                return At("a GPT partition table", at);
        }

        return null;
    }

    /// <summary>A boot sector is asked for last: file systems and GPT carry the same mark.</summary>
    private static string? BootSector(ReadOnlySpan<byte> head) =>
        Has(head, 510, [0x55, 0xaa]) ? At("an MBR partition table or boot sector", 510) : null;

    private static string? Raid(ReadOnlySpan<byte> bytes, long at, long offset, string version)
    {
        if (at < 0 || at > bytes.Length - 4)
            return null;
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)at..]);
        // Version 0.9 is written in the byte order of its machine.
        bool matches = value == RaidMagic || (version == "0.9" && BinaryPrimitives.ReverseEndianness(value) == RaidMagic);
        return matches ? At($"a Linux RAID member (version {version})", offset) : null;
    }

    private static string? ZfsLabel(ReadOnlySpan<byte> bytes, long at, long offset)
    {
        if (at < 0 || at > bytes.Length - ZfsLabelBytes)
            return null;
        for (int slot = ZfsUberblocksAt; slot < ZfsLabelBytes; slot += 1024)
        {
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes[((int)at + slot)..]);
            if (value == ZfsMagic || BinaryPrimitives.ReverseEndianness(value) == ZfsMagic)
                return At("a ZFS pool member", offset + slot);
        }

        return null;
    }

    private static bool Has(ReadOnlySpan<byte> bytes, long at, ReadOnlySpan<byte> magic) =>
        at >= 0 && at <= bytes.Length - magic.Length && bytes.Slice((int)at, magic.Length).SequenceEqual(magic);

    private static string At(string name, long offset) => $"{name} (signature at byte {offset})";
}
