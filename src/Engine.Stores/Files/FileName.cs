// The file name of an object, and back.
//
// Letters, digits, '-', '_' and '.' stand for themselves, but for a leading '.'; every other byte of the UTF-8 form is %XX. So no
// name can leave the directory, hide, or meet a name of the store's own, and names of objects and files are one to one. A key
// beyond its name (pool, namespace, locator) follows behind '@', which no escaped part contains: name@pool@namespace@locator.
using System.Globalization;
using System.Text;
using Engine.Objects;

namespace Engine.Stores;

internal static class FileName
{
    /// <summary>Longest name that file systems take.</summary>
    public const int BytesMax = 255;

    /// <summary>The file name of a key; null when it is too long, or empty.</summary>
    public static string? Of(ObjectKey key)
    {
        if (key.Name.Length is 0 or > BytesMax)
            return null;
        bool isPlain = key is { PoolId: 0, Namespace.Length: 0, Locator.Length: 0 } && IsPlain(key.Name);
        if (isPlain)
            return key.Name;
        var text = new StringBuilder();
        Escape(text, key.Name);
        if (key is not { PoolId: 0, Namespace.Length: 0, Locator.Length: 0 })
        {
            text.Append('@').Append(key.PoolId.ToString(CultureInfo.InvariantCulture)).Append('@');
            Escape(text, key.Namespace);
            text.Append('@');
            Escape(text, key.Locator);
        }

        return text.Length <= BytesMax ? text.ToString() : null;
    }

    /// <summary>The object name of a file; null for what no object is named.</summary>
    public static string? ObjectNameOf(string fileName)
    {
        int end = fileName.IndexOf('@', StringComparison.Ordinal);
        string escaped = end < 0 ? fileName : fileName[..end];
        if (escaped.Length == 0 || (IsPlain(escaped) && end < 0))
            return escaped.Length == 0 ? null : escaped;
        var bytes = new byte[escaped.Length];
        int count = 0;
        for (int at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '%')
            {
                bytes[count++] = (byte)escaped[at];
                continue;
            }

            bool isByte = at + 2 < escaped.Length && byte.TryParse(
                escaped.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[count]);
            if (!isByte)
                return null;
            count++;
            at += 2;
        }

        string name = Encoding.UTF8.GetString(bytes, 0, count);
        var again = new StringBuilder();
        Escape(again, name);
        return again.Equals(escaped) ? name : null;
    }

    private static bool IsPlain(string name)
    {
        foreach (char character in name)
        {
            if (!IsPlain(character))
                return false;
        }

        return name[0] != '.';
    }

    private static bool IsPlain(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.';

    private static void Escape(StringBuilder text, string part)
    {
        int start = text.Length;
        foreach (byte value in Encoding.UTF8.GetBytes(part))
        {
            if (IsPlain((char)value) && !(value == '.' && text.Length == start))
                text.Append((char)value);
            else
                text.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
    }
}
