using System.Text;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>Paths in a namespace: bytes inside, text on the command line.</summary>
internal static class FsPath
{
    private const int NameBytesMax = 255;
    private const int ShownMax = 60;

    /// <summary>The root.</summary>
    public static ReadOnlyMemory<byte> Root { get; } = "/"u8.ToArray();

    /// <summary>Reads an argument. Relative paths begin at the root.</summary>
    /// <exception cref="CliException">It is empty, not UTF-8, or longer than any path.</exception>
    public static ReadOnlyMemory<byte> Parse(string text)
    {
        ReadOnlyMemory<byte> path = ParseTarget(text);
        if (path.Length > MetadataName.PathBytesMax)
            throw new CliException(ExitCode.Usage, $"path '{Shorten(text)}': longer than {MetadataName.PathBytesMax} bytes");
        ReadOnlySpan<byte> bytes = path.Span;
        foreach (Range name in bytes.Split((byte)'/'))
        {
            if (bytes[name].Length > NameBytesMax)
                throw new CliException(ExitCode.Usage, $"path '{Shorten(text)}': a name is longer than {NameBytesMax} bytes");
        }

        return path;
    }

    /// <summary>Reads what a symbolic link leads to, which need not be there, as a path from the root.</summary>
    /// <exception cref="CliException">It is empty, or not UTF-8.</exception>
    public static ReadOnlyMemory<byte> ParseTarget(string text)
    {
        if (text.Length == 0)
            throw new CliException(ExitCode.Usage, "a path is empty; the root is /");
        return Encoding.UTF8.GetBytes(text[0] == '/' ? text : "/" + text);
    }

    /// <summary>A path for messages and listings.</summary>
    public static string Show(ReadOnlySpan<byte> path, bool escapesBlanks = false) => NameText.Show(path, escapesBlanks);

    /// <summary>A child's path.</summary>
    public static byte[] Join(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name) =>
        directory.EndsWith("/"u8) ? [.. directory, .. name] : [.. directory, (byte)'/', .. name];

    /// <summary>Reads arguments, all of them before anything is done.</summary>
    /// <exception cref="CliException">One is empty, or not UTF-8.</exception>
    public static ReadOnlyMemory<byte>[] ParseAll(IEnumerable<string> texts) => [.. texts.Select(Parse)];

    /// <summary>A path that ends in a name, for who moves or removes that: the root has none, and dots lead to where the name is
    /// another one.</summary>
    /// <exception cref="CliException">It ends in none.</exception>
    public static ReadOnlyMemory<byte> ParseNamed(string verb, string text)
    {
        ReadOnlyMemory<byte> path = Parse(text);
        ReadOnlySpan<byte> name = NameOf(path.Span);
        if (name.IsEmpty)
        {
            string done = verb == "mv" ? "moved" : "removed";
            throw new CliException(ExitCode.Usage, $"{verb}: the root cannot be {done}; name what is in it");
        }

        if (name is [(byte)'.'] or [(byte)'.', (byte)'.'])
            throw new CliException(
                ExitCode.Usage, $"{verb}: {Show(path.Span)}: ends in '{Show(name)}', which is no name; give the directory's own");
        return path;
    }

    private static string Shorten(string text) => text.Length <= ShownMax ? text : text[..ShownMax] + "...";

    /// <summary>The last name of a path; empty for the root.</summary>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> path)
    {
        path = path.TrimEnd((byte)'/');
        return path[(path.LastIndexOf((byte)'/') + 1)..];
    }
}
