namespace Engine.Buffers;

/// <summary>The huge page of x86-64 and of Arm with small pages of 4 KiB: the granularity of every mapping.</summary>
public static class HugePage
{
    /// <summary>Its size and alignment.</summary>
    public const int Bytes = 2 << 20;

    /// <summary>Memory that is filled in order lies on small pages until so much of it is in use, so that small users cost what
    /// they use and not the clearing of a huge page for each of their arrays.</summary>
    public const int WorthBytes = Bytes / 2;

    /// <summary><paramref name="length"/> bytes rounded up to whole huge pages.</summary>
    public static nuint RoundUp(nuint length) => (length + Bytes - 1) & ~(nuint)(Bytes - 1);
}
