using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Engine.Metadata;

/// <summary>Names and paths as text for people: one line, and nothing that a terminal obeys.</summary>
public static class NameText
{
    /// <summary>A name or path. Backslashes and control characters are written as <c>ls -b</c> writes them: as in C, others by
    /// the octal numbers of their bytes, and so are bytes that are not UTF-8.</summary>
    /// <param name="name">Its bytes.</param>
    /// <param name="escapesBlanks">Blanks too, for lines of several fields.</param>
    public static string Show(ReadOnlySpan<byte> name, bool escapesBlanks = false)
    {
        if (Utf8.IsValid(name))
            return Escape(Encoding.UTF8.GetString(name), escapesBlanks);
        var shown = new StringBuilder(name.Length + 8);
        while (!name.IsEmpty)
        {
            bool isRune = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == OperationStatus.Done;
            if (isRune)
                shown.Append(Escape(rune.ToString(), escapesBlanks));
            else
                AppendOctal(shown, name[..length]);
            name = name[length..];
        }

        return shown.ToString();
    }

    /// <summary>The same of text.</summary>
    public static string Escape(string text, bool escapesBlanks = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAny('\\', ' ') && !text.Any(char.IsControl))
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Letter(rune) is char letter)
                escaped.Append('\\').Append(letter);
            else if (rune.Value == ' ' && escapesBlanks)
                escaped.Append("\\ ");
            else if (!Rune.IsControl(rune))
                escaped.Append(rune.ToString());
            else
                AppendOctal(escaped, bytes[..rune.EncodeToUtf8(bytes)]);
        }

        return escaped.ToString();
    }

    private static void AppendOctal(StringBuilder escaped, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            escaped.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
    }

    private static char? Letter(Rune rune) => rune.Value switch
    {
        '\\' => '\\',
        '\a' => 'a',
        '\b' => 'b',
        '\f' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\v' => 'v',
        _ => null,
    };
}
