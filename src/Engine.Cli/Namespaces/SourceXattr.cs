using Engine.Buffers;

namespace Engine.Cli.Namespaces;

/// <summary>An extended attribute that a walk met.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="Error">Why that cannot be read.</param>
internal readonly record struct SourceXattr(byte[] Name, byte[] Value, IoError Error);
