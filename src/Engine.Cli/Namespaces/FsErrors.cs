using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Cli.Namespaces;

/// <summary>What the namespace refuses, in words and as exit codes.</summary>
internal static class FsErrors
{
    private const int NoLink = 40;
    private const int NotUtf8 = 84;

    /// <summary>The reply, if it is a success.</summary>
    /// <exception cref="CliException">It is not.</exception>
    public static ClientReply Must(this ClientReply reply, string verb, ReadOnlyMemory<byte> path, string? damage = null) =>
        reply.Error.IsNone
            ? reply
            : throw new CliException(
                ExitOf(reply.Error),
                $"{verb}: {FsPath.Show(path.Span)}: {Impossible(verb, reply.Error) ?? Sentence(reply.Error, damage)}");

    /// <summary>Why something was refused.</summary>
    public static string Sentence(IoError error, string? damage = null) => error.Name switch
    {
        "ENOENT" => "does not exist",
        "EEXIST" => "exists already",
        "ENOTDIR" => "it, or something on the way to it, is not a directory",
        "EISDIR" => "is a directory",
        "ENOTEMPTY" => "is not empty; give -r to remove all of it",
        "ENAMETOOLONG" => "a name is longer than 255 bytes, or the path longer than 4095",
        "EINVAL" => "such a name or change is impossible",
        "EBUSY" => "is in use by the namespace itself",
        "EMLINK" => "has as many names as a file can have",
        "ENODATA" => "has no such attribute",
        "ERANGE" or "errno 34" => "the attribute's name has no length, or more than 255 bytes",
        "EOPNOTSUPP" => "only attributes user.* and dir.pin are kept",
        "E2BIG" => "an attribute's value is longer than 64 KiB",
        "EPERM" => "is not permitted",
        "EFBIG" => "is larger than a file can be",
        "ENOMEM" => "memory for the namespace is exhausted; the machine has too little",
        "ENOSPC" => "no room for it: the store and its journal are full, or one file's attributes take more than 68 KiB",
        "EIO" when damage is not null => $"the store is damaged: {damage}; engine fs check says what is lost",
        "EIO" or "EUCLEAN" => "the store is damaged here; engine fs check says what is lost",
        _ => error.Errno switch
        {
            NoLink => "too many symbolic links on the way",
            NotUtf8 => "the name is not UTF-8",
            _ => error.Name,
        },
    };

    private static string? Impossible(string verb, IoError error) => verb switch
    {
        "mv" when error == IoError.Invalid => "a directory cannot be moved into itself or into what is in it",
        "xattr set" when error == IoError.Invalid =>
            "dir.pin takes the number of a rank, or -1 for none; any other name needs something behind 'user.'",
        _ => null,
    };

    private static ExitCode ExitOf(IoError error) => error.Name switch
    {
        "ENAMETOOLONG" or "EINVAL" or "EILSEQ" or "EOPNOTSUPP" or "E2BIG" or "ERANGE" or "errno 34" => ExitCode.Usage,
        "ENOMEM" or "ENOSPC" => ExitCode.Environment,
        _ => ExitCode.Failure,
    };
}
