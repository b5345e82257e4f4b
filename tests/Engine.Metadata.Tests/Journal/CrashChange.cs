namespace Engine.Metadata.Tests;

/// <summary>A change of a file, and what the file is after it.</summary>
/// <param name="Tid">The request.</param>
/// <param name="AskedAt">Events of the device when it was asked for.</param>
/// <param name="Name">Where the file is; null where it is gone.</param>
/// <param name="Mode">Its permission bits; those of a directory are as they come.</param>
/// <param name="Size">Its length; a directory's is not looked at.</param>
internal sealed record CrashChange(ulong Tid, int AskedAt, string? Name, uint? Mode, long? Size)
{
    /// <summary>It was refused: nobody knows what a crash leaves of it.</summary>
    public const int Never = int.MaxValue - 1;

    /// <summary>Acknowledged as safe by the time of so many events of the device.</summary>
    public int SafeAt { get; set; } = int.MaxValue;

    /// <summary>Whether <paramref name="found"/> under <paramref name="name"/> is what this change left.</summary>
    public bool Left(string name, in FileStat found) =>
        name == Name && (Mode is null || found.Mode == Mode) && (Size is null || found.Size == Size);

    public override string ToString() => $"{Name ?? "nothing"} {Convert.ToString(Mode ?? 0, 8)} {Size}";
}
