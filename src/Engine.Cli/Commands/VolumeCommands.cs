using System.CommandLine;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Load;
using Engine.Objects;
using Engine.Stores;

namespace Engine.Cli.Commands;

/// <summary><c>engine volume format|info|check</c>.</summary>
internal static class VolumeCommands
{
    private const int FileUnit = 4096;

    public static Command Create(CliConsole console) =>
        new("volume", "Make a volume on a block device or file, or look at one.")
        {
            CreateFormat(console),
            CreateInfo(console),
            CreateCheck(console),
        };

    private static Argument<string> PathArgument() => new("PATH") { Description = "Block device or file" };

    private static Command CreateFormat(CliConsole console)
    {
        Argument<string> path = PathArgument();
        Option<long> size = SessionArguments.SizeOption("--size",
            "Length of the file to make when PATH does not exist (its volume is 1 MiB shorter); of the volume when it does", 0);
        Option<long> objectSize = SessionArguments.SizeOption("--object-size", "Size of an object, a multiple of 4096", 4L << 20);
        var force = new Option<bool>("--force")
            { Description = "Overwrite what PATH holds: what is recognised, and a file's data of any form" };
        var shared = new SessionArguments();
        var command = new Command("format", "Make a volume. Refuses what holds something else unless forced.")
            { path, size, objectSize, force };
        shared.AddEngineTo(command);
        shared.AddJsonTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetResult(size) is { Implicit: false } && parsed.GetValue(size) == 0)
                throw new CliException(ExitCode.Usage, "--size 0: allowed: more than 0; leave it out to use all of PATH");
            ImageDescription image = Format(
                parsed.GetRequiredValue(path), parsed.GetValue(size), parsed.GetValue(objectSize), parsed.GetValue(force),
                    shared.Engine(parsed));
            Show(console, shared.Json(parsed), parsed.GetRequiredValue(path), image, null, null);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateInfo(CliConsole console)
    {
        Argument<string> path = PathArgument();
        var shared = new SessionArguments();
        var command = new Command("info", "Show a volume.") { path };
        shared.AddEngineTo(command);
        shared.AddJsonTo(command);
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(path);
            using IBlockDevice device = BlockDevice.Open(name, new BlockDeviceOptions
                { Engine = shared.Engine(parsed), ReadOnly = true, Exclusive = false });
            using DeviceStore store = DeviceStore.Open(device, new DeviceStoreOptions { DeviceName = name, Repair = false });
            Show(console, shared.Json(parsed), name, store.Image, device.Engine, store.OpenReport);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateCheck(CliConsole console)
    {
        Argument<string> path = PathArgument();
        var shared = new SessionArguments();
        var command = new Command("check", "Check a volume's superblocks without writing.") { path };
        shared.AddEngineTo(command);
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(path);
            using IBlockDevice device = BlockDevice.Open(name, new BlockDeviceOptions
                { Engine = shared.Engine(parsed), ReadOnly = true });
            DeviceStoreCheck check = DeviceStore.Check(device, name);
            console.Out.WriteLine(check.Message);
            return (int)(check.IsHealthy ? ExitCode.Ok : ExitCode.Failure);
        });
        return command;
    }

    /// <summary>Makes a volume; a file that is missing is made when a size is given, and removed again when the format
    /// fails.</summary>
    internal static ImageDescription Format(
        string path, long sizeBytes, long objectSizeBytes, bool force, DeviceEngine engine, long lengthBytesMin = 0)
    {
        if (sizeBytes % FileUnit != 0)
            throw new CliException(ExitCode.Usage, $"--size {sizeBytes}: must be a multiple of {FileUnit} bytes");
        if (objectSizeBytes is <= 0 or > 1 << 30 || objectSizeBytes % FileUnit != 0)
            throw new CliException(ExitCode.Usage,
                $"--object-size {objectSizeBytes}: must be a multiple of {FileUnit} bytes up to 1 GiB");
        bool isNew = sizeBytes > 0 && !Path.Exists(path);
        if (!isNew && !Path.Exists(path))
            throw new CliException(ExitCode.Environment, $"{path} does not exist; check the path, or give --size to make a file");
        if (isNew)
            BlockDevice.CreateFile(path, sizeBytes);
        try
        {
            using IBlockDevice device = BlockDevice.Open(path, new BlockDeviceOptions { Engine = engine });
            return DeviceStore.Format(device, new DeviceStoreFormatOptions
            {
                DeviceName = path,
                ObjectSize = (int)objectSizeBytes,
                LengthBytes = sizeBytes == 0 || isNew ? null : sizeBytes,
                LengthBytesMin = lengthBytesMin,
                Force = force,
                RefuseData = !device.Geometry.IsBlockDevice,
            });
        }
        catch when (isNew)
        {
            File.Delete(path);
            throw;
        }
    }

    private static void Show(CliConsole console, bool json, string path, ImageDescription image, string? engine, string? warning)
    {
        if (json)
        {
            Reports.JsonReport.Write(console.Out, writer =>
            {
                writer.WriteString("path", path);
                writer.WriteString("uuid", image.Uuid);
                writer.WriteNumber("lengthBytes", image.LengthBytes);
                writer.WriteNumber("objectSizeBytes", image.Layout.ObjectSize);
                writer.WriteString("engine", engine);
                writer.WriteString("warning", warning);
            });
            return;
        }

        console.Out.WriteLine($"volume   {path}");
        console.Out.WriteLine($"uuid     {image.Uuid}");
        console.Out.WriteLine($"length   {ByteSize.Format(image.LengthBytes)} ({image.LengthBytes} bytes)");
        console.Out.WriteLine($"objects  {ByteSize.Format(image.Layout.ObjectSize)} each");
        if (engine is not null)
            console.Out.WriteLine($"engine   {engine}");
        if (warning is not null)
            console.Out.WriteLine($"warning  {warning}");
    }
}
