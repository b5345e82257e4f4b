using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Engine.Load;

/// <summary>Whose pattern a sector carries: a volume's, and of that volume's side logs the one that knew of the write. A log that
/// is begun anew knows nothing of what was written under the one before it, and must not judge it.</summary>
/// <param name="Volume">Uuid of the volume.</param>
/// <param name="Log">Id of the side log, not 0.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PatternIdentity(Guid Volume, uint Log)
{
    /// <summary>An identity for a log that is begun anew.</summary>
    public static PatternIdentity New(Guid volume) => new(volume, (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue));
}
