using System.Runtime.InteropServices;
using Engine.Buffers;

namespace Engine.Testing.Wire;

/// <summary>Damages messages, most of them so that their own length is right again and what lies in them is met.</summary>
public sealed class WireMutator(SeededRandom random, IReadOnlyList<byte[]> messages)
{
    private const int BytesMax = 8192;

    private static readonly uint[] s_edges =
        [0, 1, 2, 6, 0x7F, 0xFF, 0x100, 0xFFF, 0x1000, 0xFFFF, 0x1_0000, 0x11000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    private readonly byte[] _bytes = new byte[2 * BytesMax];
    private int _length;

    /// <summary>A damaged message, good until the next.</summary>
    public ReadOnlySpan<byte> Next()
    {
        byte[] start = messages[random.NextInt(messages.Count)];
        _length = Math.Min(start.Length, BytesMax);
        start.AsSpan(0, _length).CopyTo(_bytes);
        for (int i = random.NextInt(1, 4); i > 0; i--)
            Mutate();
        if (_length >= WireFixture.HeaderBytes && random.NextBool(0.8))
            WireFixture.FixLength(_bytes.AsSpan(0, _length));
        return _bytes.AsSpan(0, _length);
    }

    private void Mutate()
    {
        if (_length == 0)
            return;
        int at = random.NextInt(_length);
        int count = random.NextInt(Math.Min(_length - at, 32)) + 1;
        switch (random.NextInt(10))
        {
            case 0 or 1:
                _bytes[at] ^= (byte)(1 << random.NextInt(8));
                break;
            case 2:
                _bytes[at] = (byte)random.Next();
                break;
            case 3 or 4:
                Span<byte> edge = stackalloc byte[sizeof(uint)];
                MemoryMarshal.Write(edge, s_edges[random.NextInt(s_edges.Length)]);
                edge[..random.NextInt(1, Math.Min(sizeof(uint), _length - at) + 1)].CopyTo(_bytes.AsSpan(at));
                break;
            case 5:
                _length = at;
                break;
            case 6:
                _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
                _length -= count;
                break;
            case 7:
                Insert(at, _bytes.AsSpan(at, count).ToArray());
                break;
            case 8:
                byte[] other = messages[random.NextInt(messages.Count)];
                int from = random.NextInt(other.Length);
                Insert(at, other.AsSpan(from, Math.Min(other.Length - from, 64)));
                break;
            default:
                messages[random.NextInt(messages.Count)].AsSpan(0, 2).CopyTo(_bytes);
                _length = Math.Max(_length, 2);
                break;
        }
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _bytes.Length)
            return;
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(at));
        _length += bytes.Length;
    }
}
