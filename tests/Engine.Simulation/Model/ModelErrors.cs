using Engine.Buffers;

namespace Engine.Simulation;

/// <summary>Errors of namespaces that <see cref="IoError"/> has no name for.</summary>
internal static class ModelErrors
{
    public static IoError ArgumentTooBig => new(7);

    public static IoError Access => new(13);

    public static IoError NotDirectory => new(20);

    public static IoError IsDirectory => new(21);

    public static IoError FileTooBig => new(27);

    public static IoError TooManyLinks => new(31);

    public static IoError Range => new(34);

    public static IoError NameTooLong => new(36);

    public static IoError NotEmpty => new(39);

    public static IoError Loop => new(40);

    public static IoError NoData => new(61);
}
