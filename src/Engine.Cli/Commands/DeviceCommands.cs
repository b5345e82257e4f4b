using System.CommandLine;
using Engine.Cli.Reports;
using Engine.Cli.Sessions;
using Engine.Devices;
using Engine.Load;

namespace Engine.Cli.Commands;

/// <summary><c>engine device info</c>.</summary>
internal static class DeviceCommands
{
    public static Command Create(CliConsole console)
    {
        var path = new Argument<string>("PATH") { Description = "Block device or file" };
        var shared = new SessionArguments();
        var info = new Command("info", "Show sizes, alignment, abilities and the engine that would carry its requests.") { path };
        shared.AddEngineTo(info);
        shared.AddJsonTo(info);
        info.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(path);
            using IBlockDevice device = BlockDevice.Open(
                name, new BlockDeviceOptions { Engine = shared.Engine(parsed), ReadOnly = true, Exclusive = false });
            Show(console, shared.Json(parsed), name, device);
            return (int)ExitCode.Ok;
        });
        return new Command("device", "Look at a block device or file.") { info };
    }

    private static void Show(CliConsole console, bool json, string path, IBlockDevice device)
    {
        DeviceGeometry geometry = device.Geometry;
        if (json)
        {
            JsonReport.Write(console.Out, writer =>
            {
                writer.WriteString("path", path);
                writer.WriteBoolean("blockDevice", geometry.IsBlockDevice);
                writer.WriteNumber("capacityBytes", geometry.Capacity);
                writer.WriteNumber("logicalBlockBytes", geometry.LogicalBlock);
                writer.WriteNumber("physicalBlockBytes", geometry.PhysicalBlock);
                writer.WriteNumber("memoryAlignmentBytes", geometry.MemoryAlignment);
                writer.WriteBoolean("writeCache", geometry.HasWriteCache);
                writer.WriteBoolean("fua", geometry.HasFua);
                writer.WriteBoolean("discard", geometry.HasDiscard);
                writer.WriteString("engine", device.Engine);
            });
            return;
        }

        console.Out.WriteLine($"device    {path} ({(geometry.IsBlockDevice ? "block device" : "file")})");
        console.Out.WriteLine($"capacity  {ByteSize.Format(geometry.Capacity)} ({geometry.Capacity} bytes)");
        console.Out.WriteLine($"blocks    logical {geometry.LogicalBlock}, physical {geometry.PhysicalBlock}, memory "
            + $"alignment {geometry.MemoryAlignment} bytes");
        console.Out.WriteLine($"abilities write cache {YesNo(geometry.HasWriteCache)}, FUA {YesNo(geometry.HasFua)}, discard "
            + $"{YesNo(geometry.HasDiscard)}");
        console.Out.WriteLine($"engine    {device.Engine}");
    }

    private static string YesNo(bool value) => value ? "yes" : "no";
}
