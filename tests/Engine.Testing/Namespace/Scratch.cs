using System.Text;

namespace Engine.Testing.Namespace;

/// <summary>Pinned memory for one string that is handed to the kernel.</summary>
internal sealed unsafe class Scratch
{
    private byte[] _bytes = GC.AllocateArray<byte>(8 << 10, pinned: true);

    /// <summary>The address of a copy that a zero ends; valid until the next call.</summary>
    public nint Put(ReadOnlySpan<byte> text)
    {
        if (text.Contains((byte)0))
            throw new ArgumentException("a string of the kernel has no zero in it", nameof(text));
        nint at = PutData(text);
        _bytes[text.Length] = 0;
        return at;
    }

    /// <summary>The address of a copy.</summary>
    public nint PutData(ReadOnlySpan<byte> data)
    {
        if (_bytes.Length <= data.Length)
            _bytes = GC.AllocateArray<byte>(data.Length + 1, pinned: true);
        data.CopyTo(_bytes);
        fixed (byte* at = _bytes)
            return (nint)at;
    }

    /// <inheritdoc cref="Put(ReadOnlySpan{byte})"/>
    public nint Put(string text) => Put(Encoding.UTF8.GetBytes(text));
}
