namespace Engine.Testing.Devices;

/// <summary>
/// The smallest piece that reaches the medium or does not: one block of one write, or one whole discard, which may leave old
/// bytes, zeros or garbage.
/// </summary>
/// <param name="Sequence">Number of the request in the log.</param>
/// <param name="Offset">First byte on the device.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Data">The bytes of the whole request; null stands for zeros.</param>
/// <param name="DataOffset">Where in <paramref name="Data"/> this unit starts.</param>
/// <param name="IsDiscard">A discard, so garbage is legal too.</param>
public sealed record CrashUnit(long Sequence, long Offset, int Length, byte[]? Data, int DataOffset, bool IsDiscard)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(IsDiscard ? "discard" : "write")} #{Sequence} [{Offset}+{Length}]";
}
