using System.Diagnostics;
using Engine.Devices;
using Engine.Testing;

namespace Engine.Stores.Tests;

/// <summary>What the system's own tools write is recognised, and after a forced format they no longer find it.</summary>
public sealed class SystemToolsTests
{
    private const int Bytes = 64 << 20;

    [Theory]
    [InlineData("an ext2 file system", "mkfs.ext2", "-q -F")]
    [InlineData("an ext3 file system", "mkfs.ext3", "-q -F")]
    [InlineData("an ext4 file system", "mkfs.ext4", "-q -F")]
    [InlineData("swap space", "mkswap", "-q")]
    [InlineData("a FAT file system", "mkfs.vfat", "")]
    [InlineData("an f2fs file system", "mkfs.f2fs", "-q -f")]
    public void WhatToolsWriteIsRecognised(string name, string tool, string arguments)
    {
        string? path = Find(tool);
        if (path is null)
        {
            TestSkip.Because($"{tool} is not installed");
            return;
        }

        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, new byte[Bytes]);
            if (Run(path, $"{arguments} {file}") != 0)
            {
                TestSkip.Because($"{tool} cannot work on a plain file here");
                return;
            }

            using var device = new MemoryDevice(Bytes);
            File.ReadAllBytes(file).CopyTo(device.View(0, Bytes));
            Assert.Contains($"holds {name}", StoreDevices.RefusedFormat(device).Message);
            DeviceStore.Format(device, StoreDevices.Small with { Force = true });
            File.WriteAllBytes(file, device.View(0, Bytes));
            if (Find("blkid") is { } blkid)
                Assert.Equal(2, Run(blkid, $"-p {file}"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string? Find(string tool) =>
        new[] { "/usr/sbin", "/sbin", "/usr/bin", "/bin" }
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);

    private static int Run(string path, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        errors.Wait();
        process.WaitForExit();
        return process.ExitCode;
    }
}
