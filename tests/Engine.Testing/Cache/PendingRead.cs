namespace Engine.Testing.Cache;

/// <summary>A read that was made of a cache, with the memory it fills.</summary>
public sealed class PendingRead : PendingResult
{
    /// <summary>What the memory holds before the read fills it.</summary>
    public const byte Untouched = 0x77;

    internal PendingRead(int length)
    {
        Buffer = new byte[length];
        Buffer.AsSpan().Fill(Untouched);
    }

    public byte[] Buffer { get; }

    /// <summary>Nothing was put into the memory.</summary>
    public bool IsUntouched => !Buffer.AsSpan().ContainsAnyExcept(Untouched);

    /// <summary>Every byte of the range has the value.</summary>
    public bool Holds(int offset, int length, char value) => !Buffer.AsSpan(offset, length).ContainsAnyExcept((byte)value);

    /// <summary>Every byte has the value.</summary>
    public bool Holds(char value) => Holds(0, Buffer.Length, value);
}
