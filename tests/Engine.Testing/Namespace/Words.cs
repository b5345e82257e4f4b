using System.Globalization;
using System.Text;

namespace Engine.Testing.Namespace;

/// <summary>Bytes as one word of a script: visible ASCII as it is, every other byte and the backslash as <c>\xHH</c>, no byte as
/// <c>''</c>. Reading also takes UTF-8 and <c>{text*count}</c> for a repetition.</summary>
public static class Words
{
    private const string Nothing = "''";

    /// <summary>The word for bytes.</summary>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return Nothing;
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            bool plain = value is > 0x20 and < 0x7F && value is not ((byte)'\\' or (byte)'{' or (byte)',');
            if (plain)
                text.Append((char)value);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }

        return text.ToString();
    }

    /// <summary>The bytes of a word.</summary>
    /// <exception cref="FormatException">Not a word.</exception>
    public static byte[] Parse(string word)
    {
        if (word == Nothing)
            return [];
        var bytes = new List<byte>();
        for (int i = 0; i < word.Length;)
        {
            if (word[i] == '{')
                i = Repeat(word, i, bytes);
            else if (word[i] == '\\')
                i = Hex(word, i, bytes);
            else
                i = Plain(word, i, bytes);
        }

        return [.. bytes];
    }

    private static int Plain(string word, int at, List<byte> bytes)
    {
        int length = char.IsHighSurrogate(word[at]) && at + 1 < word.Length ? 2 : 1;
        bytes.AddRange(Encoding.UTF8.GetBytes(word, at, length));
        return at + length;
    }

    private static int Hex(string word, int at, List<byte> bytes)
    {
        if (at + 4 > word.Length || word[at + 1] != 'x')
            throw new FormatException($"\\xHH expected in {word}");
        bytes.Add(byte.Parse(word.AsSpan(at + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return at + 4;
    }

    private static int Repeat(string word, int at, List<byte> bytes)
    {
        int star = word.IndexOf('*', at);
        int end = word.IndexOf('}', at);
        if (star < 0 || end < star)
            throw new FormatException($"{{text*count}} expected in {word}");
        byte[] text = Encoding.UTF8.GetBytes(word[(at + 1)..star]);
        for (int count = int.Parse(word.AsSpan(star + 1, end - star - 1), CultureInfo.InvariantCulture); count > 0; count--)
            bytes.AddRange(text);
        return end + 1;
    }
}
