using Engine.Devices;

namespace Engine.Cli.Namespaces;

/// <summary>Types of what a walk finds, as in st_mode; others are passed over.</summary>
internal static class SourceType
{
    public const uint Directory = 0x4000;
    public const uint Regular = 0x8000;
    public const uint Link = 0xA000;

    private const uint Mask = 0xF000;

    /// <summary>Its type.</summary>
    public static uint Of(in HostStatus status) => status.Mode & Mask;
}
