using System.Buffers.Binary;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores.Tests;

public sealed class SignatureScannerTests
{
    private const int Capacity = 4 << 20;

    /// <summary>What is planted where, and the name that must be said.</summary>
    public static TheoryData<string, long, byte[]> Signatures => new()
    {
        { "an ext2 file system", 1080, [0x53, 0xef] },
        { "an xfs file system", 0, "XFSB"u8.ToArray() },
        { "a btrfs file system", 65600, "_BHRfS_M"u8.ToArray() },
        { "swap space", 4086, "SWAPSPACE2"u8.ToArray() },
        { "swap space", 65526, "SWAP-SPACE"u8.ToArray() },
        { "an LVM2 physical volume", 512, [.. "LABELONE"u8, .. new byte[16], .. "LVM2 001"u8] },
        { "an LVM2 physical volume", 1536, [.. "LABELONE"u8, .. new byte[16], .. "LVM2 001"u8] },
        { "a Linux RAID member (version 1.1)", 0, [0xfc, 0x4e, 0x2b, 0xa9] },
        { "a Linux RAID member (version 1.2)", 4096, [0xfc, 0x4e, 0x2b, 0xa9] },
        { "a Linux RAID member (version 1.0)", Capacity - 8192, [0xfc, 0x4e, 0x2b, 0xa9] },
        { "a Linux RAID member (version 0.9)", Capacity - 65536, [0xfc, 0x4e, 0x2b, 0xa9] },
        { "a Linux RAID member (version 0.9)", Capacity - 65536, [0xa9, 0x2b, 0x4e, 0xfc] },
        { "a LUKS container", 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe] },
        { "an MBR partition table", 510, [0x55, 0xaa] },
        { "a GPT partition table", 512, "EFI PART"u8.ToArray() },
        { "a GPT partition table", 4096, "EFI PART"u8.ToArray() },
        { "a GPT partition table (backup)", Capacity - 512, "EFI PART"u8.ToArray() },
        { "a GPT partition table (backup)", Capacity - 4096, "EFI PART"u8.ToArray() },
        { "a ZFS pool member", 128 << 10, [0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0] },
        { "a ZFS pool member", (256 + 128 + 5) << 10, [0, 0, 0, 0, 0, 0xba, 0xb1, 0x0c] },
        { "a ZFS pool member", Capacity - (128 << 10), [0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0] },
        { "an f2fs file system", 1024, [0x10, 0x20, 0xf5, 0xf2] },
        { "a FAT file system", 54, "FAT16   "u8.ToArray() },
        { "a FAT file system", 82, "FAT32   "u8.ToArray() },
        { "an NTFS file system", 3, "NTFS    "u8.ToArray() },
        { "an exFAT file system", 3, "EXFAT   "u8.ToArray() },
        { "an ISO 9660 file system", 32769, "CD001"u8.ToArray() },
        { "a BlueStore device", 0, "bluestore block device"u8.ToArray() },
        { "an Engine volume", 0, "ENGINEVS"u8.ToArray() },
        { "an Engine volume (second superblock)", (1 << 20) - 4096, "ENGINEVS"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(Signatures))]
    public void FormatNamesWhatItWouldDestroy(string name, long offset, byte[] signature)
    {
        using MemoryDevice device = StoreDevices.Blank(Capacity);
        signature.CopyTo(device.View(offset, signature.Length));
        byte[] before = StoreDevices.Content(device);
        StoreException refused = StoreDevices.RefusedFormat(device);
        Assert.Equal(StoreProblem.Foreign, refused.Problem);
        Assert.Equal(17, refused.Errno);
        Assert.StartsWith($"format: /dev/x holds {name}", refused.Message);
        Assert.EndsWith("give --force to overwrite it", refused.Message);
        Assert.Equal(before, StoreDevices.Content(device));

        DeviceStore.Format(device, StoreDevices.Small with { Force = true });
        using DeviceStore store = DeviceStore.Open(device);
        Assert.Null(store.OpenReport);
        // Nothing of it may survive for another tool to find, but for the image's own copy at the places of Engine's own.
        if (!name.Contains("Engine", StringComparison.Ordinal))
            Assert.NotEqual(signature, device.View(offset, signature.Length).ToArray());
    }

    [Theory]
    [InlineData(0x4u, 0u, 0u, "an ext3 file system")]
    [InlineData(0x4u, 0x40u, 0u, "an ext4 file system")]
    [InlineData(0u, 0x2c2u, 0x7bu, "an ext4 file system")]
    public void ExtGenerationsAreTold(uint compatible, uint incompatible, uint readOnly, string name)
    {
        byte[] head = new byte[1 << 20];
        head[1080] = 0x53;
        head[1081] = 0xef;
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(1024 + 0x5c), compatible);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(1024 + 0x60), incompatible);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(1024 + 0x64), readOnly);
        Assert.Equal($"{name} (signature at byte 1080)", SignatureScanner.Scan(head, default, Capacity));
    }

    [Fact]
    public void ABlankDeviceHoldsNothing()
    {
        Assert.Null(SignatureScanner.Scan(new byte[1 << 20], new byte[512 << 10], Capacity));
    }

    /// <summary>Whatever the bytes and however small the device: an answer, never an exception.</summary>
    [Fact]
    public void AnyBytesOfAnyLengthAreScanned()
    {
        var random = new SeededRandom(44);
        byte[] bytes = new byte[1 << 20];
        random.NextBytes(bytes);
        int found = 0;
        for (int round = 0; round < 1_000; round++)
        {
            int capacity = random.NextInt(round % 4 == 0 ? 1 << 20 : 3000) + 1;
            int tail = random.NextInt(Math.Min(capacity, 512 << 10) + 1);
            foreach (object[] row in Signatures)
            {
                (long offset, byte[] signature) = ((long)row[1], (byte[])row[2]);
                if (offset + signature.Length <= bytes.Length && random.NextInt(20) == 0)
                    signature.CopyTo(bytes.AsSpan((int)offset));
            }

            if (SignatureScanner.Scan(bytes.AsSpan(0, capacity), bytes.AsSpan(capacity - tail, tail), capacity) is not null)
                found++;
            random.NextBytes(bytes.AsSpan(0, 72 << 10));
        }

        Assert.True(found > 50);
    }
}
