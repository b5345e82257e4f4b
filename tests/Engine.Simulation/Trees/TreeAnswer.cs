using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>What an operation answers, as far as the model and a rank can be compared.</summary>
internal sealed record TreeAnswer(IoError Error)
{
    /// <summary>Attributes of the object, of those operations that tell.</summary>
    public ModelStat? Stat { get; init; }

    /// <summary>Value of an attribute, target of a link.</summary>
    public string Value { get; init; } = "";

    /// <summary>Names of a listing, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What of a rank's answer differs; null when nothing does.</summary>
    public string? DifferenceTo(ClientReply reply, IReadOnlyList<string> names)
    {
        if (reply.Error != Error)
            return $"{reply.Error.Name} in place of {Error.Name}";
        if (Error.Failed)
            return null;
        if (Value != Encoding.UTF8.GetString(reply.Value.Span))
            return $"\"{Encoding.UTF8.GetString(reply.Value.Span)}\" in place of \"{Value}\"";
        if (!Names.SequenceEqual(names))
            return $"[{string.Join(' ', names)}] in place of [{string.Join(' ', Names)}]";
        if (Stat is not { } stat)
            return null;
        // Of what was done before a crash the rank remembers the number of what it made.
        bool isRemembered = reply.Stat.Type == InodeType.None;
        string expected = isRemembered ? $"{stat.Ino:x}" : Describe(stat);
        string told = isRemembered ? $"{reply.Stat.Ino.Value:x}" : Describe(reply.Stat);
        return expected == told ? null : $"{told} in place of {expected}";
    }

    private static string Describe(in ModelStat stat) => Describe(
        stat.Ino, $"{stat.Kind}", stat.Mode, stat.Nlink, stat.Kind == NodeKind.Directory ? 0 : stat.Size);

    private static string Describe(in FileStat stat) => Describe(
        stat.Ino.Value,
        stat.Type == InodeType.SymbolicLink ? nameof(NodeKind.Symlink) : $"{stat.Type}",
        stat.Mode,
        stat.Links,
        stat.Type == InodeType.Directory ? 0 : stat.Size);

    private static string Describe(ulong ino, string kind, uint mode, uint links, long size) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind} {ino:x} {Convert.ToString(mode, 8)} nlink={links} size={size}");
}
