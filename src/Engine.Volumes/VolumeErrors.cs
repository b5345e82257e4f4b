using Engine.Buffers;

namespace Engine.Volumes;

/// <summary>Words errors the same way on every path: which volume, what, where, the errno.</summary>
internal static class VolumeErrors
{
    private const string WhatToDo = "what is not written is kept until the volume is resumed or closed";

    public static VolumeException Failed(string volume, string verb, long offset, long length, IoError error) =>
        new($"volume '{volume}': {verb} of {length} bytes at {offset} failed", error);

    public static VolumeException Failed(string volume, string verb, IoError error) =>
        new($"volume '{volume}': {verb} failed", error);

    /// <summary>The cache writes nothing of the volume any more.</summary>
    public static VolumeException Kept(string volume, string verb, long offset, long length, IoError error) =>
        new($"volume '{volume}': {verb} of {length} bytes at {offset} failed, {WhatToDo}", error);

    public static VolumeException Kept(string volume, string verb, IoError error) =>
        new($"volume '{volume}': {verb} failed, {WhatToDo}", error);

    public static VolumeException Lost(string volume, long bytes, IoError error) =>
        new($"volume '{volume}': flush at close failed, {bytes} bytes are lost", error);

    public static ObjectDisposedException Closed(string volume) => new(volume, $"volume '{volume}' is closed");

    public static ArgumentOutOfRangeException OutOfRange(string volume, long offset, long length, long volumeLength) =>
        new(nameof(offset), $"volume '{volume}': {length} bytes at {offset} end past its {volumeLength} bytes");

    public static ArgumentOutOfRangeException TooLong(string volume, long length, string parameter) =>
        new(parameter, $"volume '{volume}': {length} bytes are more than one request may have, {int.MaxValue}");

    public static ArgumentException SharedZeroes(string volume, string parameter) =>
        new($"volume '{volume}': a list with shared zeros cannot be read into", parameter);

    public static string Verb(DirectKind kind) => kind switch
    {
        DirectKind.Read => "read",
        DirectKind.Write => "write",
        DirectKind.WriteZeroes => "write-zeroes",
        _ => "discard",
    };
}
