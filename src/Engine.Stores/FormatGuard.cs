using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

/// <summary>What stands on a device that is to be formatted.</summary>
internal static class FormatGuard
{
    /// <summary>Names what a format would destroy, for example <c>an ext4 file system (signature at byte 1080)</c>.</summary>
    /// <param name="device">The device.</param>
    /// <param name="scratch">Memory of <see cref="VolumeLayout.HeaderBytes"/>.</param>
    /// <param name="findsData">Data of no known form counts too: a first or last MiB that is not all zero.</param>
    /// <param name="found">What was found; null for nothing.</param>
    /// <param name="offset">Where a read failed.</param>
    /// <returns>The error of a failed read.</returns>
    public static IoError Find(IBlockDevice device, DeviceScratch scratch, bool findsData, out string? found, out long offset)
    {
        found = null;
        long capacity = device.Geometry.Capacity - (device.Geometry.Capacity % device.Geometry.LogicalBlock);
        int headLength = (int)Math.Min(VolumeLayout.HeaderBytes, capacity);
        IoError error = scratch.Read(offset = 0, 0, headLength);
        if (error.Failed)
            return error;
        byte[] head = scratch.Bytes[..headLength].ToArray();
        int tailLength = (int)Math.Min(VolumeLayout.TailBytes, capacity);
        error = scratch.Read(offset = capacity - tailLength, 0, tailLength);
        if (error.Failed)
            return error;
        found = SignatureScanner.Scan(head, scratch.Bytes[..tailLength], capacity);
        if (found is not null || !findsData)
            return IoError.None;
        found = Data(head, 0);
        error = found is null ? scratch.Read(offset = capacity - headLength, 0, headLength) : IoError.None;
        found ??= error.Failed ? null : Data(scratch.Bytes[..headLength], capacity - headLength);
        return error;
    }

    private static string? Data(ReadOnlySpan<byte> bytes, long offset)
    {
        int at = bytes.IndexOfAnyExcept((byte)0);
        return at < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"data of an unknown form (at byte {offset + at})");
    }
}
