using System.Runtime.InteropServices;

namespace Engine.Load;

/// <summary>A verified write between <see cref="VerifiedImage.TryBeginWrite"/> and
/// <see cref="VerifiedImage.EndWrite"/>.</summary>
/// <param name="FirstSector">First sector of the range.</param>
/// <param name="Count">Sectors.</param>
/// <param name="Generation">The write's generation, unique in the volume's life.</param>
/// <param name="Slot">Place among the writes in flight.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WriteTicket(long FirstSector, int Count, uint Generation, int Slot);
