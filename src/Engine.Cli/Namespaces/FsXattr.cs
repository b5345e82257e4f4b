using System.Text;
using System.Text.Unicode;

namespace Engine.Cli.Namespaces;

/// <summary>Extended attributes as text.</summary>
internal static class FsXattr
{
    /// <summary>Names of a list in which a zero ends each.</summary>
    public static List<string> NamesOf(ReadOnlySpan<byte> list)
    {
        List<string> names = [];
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)0);
            names.Add(Encoding.UTF8.GetString(list[..end]));
            list = list[(end + 1)..];
        }

        return names;
    }

    private const string HexPrefix = "0x";

    /// <summary>A value: its text where it is one that does not look like digits, else 0x and hexadecimal digits.</summary>
    public static string Show(ReadOnlySpan<byte> value)
    {
        string text = Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : "\0";
        return text.Any(char.IsControl) || text.StartsWith(HexPrefix, StringComparison.Ordinal)
            ? HexPrefix + Convert.ToHexStringLower(value) : text;
    }

    /// <summary>What <see cref="Show"/> writes, back.</summary>
    /// <exception cref="CliException">Digits are missing.</exception>
    public static byte[] Parse(string text)
    {
        if (!text.StartsWith(HexPrefix, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(text);
        try
        {
            return Convert.FromHexString(text.AsSpan(HexPrefix.Length));
        }
        catch (FormatException)
        {
            throw new CliException(ExitCode.Usage, $"value '{text}': allowed: text, or 0x and pairs of hexadecimal digits");
        }
    }
}
