namespace Engine.Devices;

/// <summary>Reads /proc/mounts and /proc/swaps to say who holds a busy block device.</summary>
internal static class MountTable
{
    /// <summary>What uses <paramref name="path"/> or a partition of it, for example <c>it is mounted on /home (ext4)</c>; null
    /// when the tables name nobody.</summary>
    public static string? UserOf(string path)
    {
        string device = Resolve(path);
        return Find(device, ReadLines("/proc/mounts"), ReadLines("/proc/swaps"));
    }

    internal static string? Find(string device, IEnumerable<string> mounts, IEnumerable<string> swaps)
    {
        foreach (string line in mounts)
        {
            string[] fields = line.Split(' ');
            if (fields.Length >= 3 && Holds(device, fields[0], out string subject))
                return $"{subject}mounted on {Unescape(fields[1])} ({fields[2]})";
        }

        foreach (string line in swaps)
        {
            string name = line.Split(' ', '\t')[0];
            if (Holds(device, name, out string subject))
                return subject + "used as swap";
        }

        return null;
    }

    /// <summary>True when <paramref name="name"/> is the device, or a partition of it (/dev/sda1, /dev/nvme0n1p2).</summary>
    private static bool Holds(string device, string name, out string subject)
    {
        subject = "it is ";
        if (!name.StartsWith('/'))
            return false;
        string resolved = Resolve(Unescape(name));
        if (resolved == device)
            return true;
        if (!resolved.StartsWith(device, StringComparison.Ordinal))
            return false;
        string suffix = resolved[device.Length..];
        if (char.IsAsciiDigit(device[^1]))
        {
            if (suffix[0] != 'p')
                return false;
            suffix = suffix[1..];
        }

        if (suffix.Length == 0 || !suffix.All(char.IsAsciiDigit))
            return false;
        subject = $"its partition {resolved} is ";
        return true;
    }

    private static string Resolve(string path)
    {
        try
        {
            return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return path;
        }
        catch (UnauthorizedAccessException)
        {
            return path;
        }
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The kernel writes blanks and backslashes in paths as three octal digits.</summary>
    private static string Unescape(string field) =>
        field.Replace("\\040", " ", StringComparison.Ordinal)
            .Replace("\\011", "\t", StringComparison.Ordinal)
            .Replace("\\012", "\n", StringComparison.Ordinal)
            .Replace("\\134", "\\", StringComparison.Ordinal);
}
