using Engine.Buffers;
using Engine.Cli.Sessions;
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

    /// <summary>The same; of what does not exist it says which part of its path that is.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="client">Asked about the path.</param>
    /// <param name="verb">What was asked for.</param>
    /// <param name="path">What it is about.</param>
    /// <param name="other">A second path, whose last name need not be there.</param>
    /// <exception cref="CliException">It is not a success.</exception>
    public static ClientReply Must(
        this ClientReply reply, FsClient client, string verb, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> other = default)
    {
        if (reply.Error != IoError.NoEntry)
            return reply.Must(verb, path, client.Damage);
        bool makes = verb is "mkdir" or "create" or "ln" or "mv" or "import";
        (ReadOnlyMemory<byte> of, ReadOnlyMemory<byte> missing, bool isLink) = FindMissing(client, path, other);
        string what = missing.Length == of.Length ? "does not exist"
            : isLink ? $"{FsPath.Show(missing.Span)} leads to what does not exist"
            : $"{FsPath.Show(missing.Span)} does not exist"
                + (!makes ? string.Empty : verb == "mkdir" ? "; make it first, or give -p" : "; make it first");
        throw new CliException(ExitOf(reply.Error), $"{verb}: {FsPath.Show(of.Span)}: {what}");
    }

    private static (ReadOnlyMemory<byte> Of, ReadOnlyMemory<byte> Missing, bool IsLink) FindMissing(
        FsClient client, ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> other)
    {
        foreach (ReadOnlyMemory<byte> one in (ReadOnlyMemory<byte>[])[path, other])
        {
            for (int end = 1; end <= one.Length; end++)
            {
                bool isWhole = end == one.Length;
                if (isWhole ? one.Equals(other) : one.Span[end] != (byte)'/')
                    continue;
                ClientRequest request = FsTree.Ask(ClientOp.GetAttributes, one[..end]);
                if (client.Call(request with { Follow = !isWhole }).Error == IoError.NoEntry)
                    return (one, one[..end], !isWhole && client.Call(request).Error.IsNone);
            }
        }

        return (path, path, false);
    }

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
        "EACCES" => "its object may not be read; run as a user who may",
        "EFBIG" => "is larger than a file can be (16 TiB less 4 KiB)",
        "ENOMEM" => "memory for the namespace is exhausted; the machine has too little",
        "ENOSPC" => "no room for it: a directory that cannot be divided, as the root, takes 100000 names, and the attributes of "
            + "one file 68 KiB",
        "EIO" when damage is not null => $"the store is damaged: {damage}; engine fs check says what is lost",
        "EIO" => "the store cannot be read or written there (EIO): its device or file system fails; mend that, and try again",
        "ETIMEDOUT" => "no rank answered for a minute (ETIMEDOUT); engine mig status says what a rank does",
        "EXDEV" => "what it would change lies with two ranks, between which it does not go (EXDEV): have one rank have both "
            + "directories first (engine mig export dir), or make it anew there and remove it here",
        "EREMOTE" => "no rank knows all of the way there (EREMOTE): try again, or name it without symbolic links on the way; "
            + "engine mig status says when a rank is down",
        "ESHUTDOWN" => "the rank was stopped, and no other one answers for it; engine mig status shows the ranks",
        "EUCLEAN" => "the store is damaged here; engine fs check says what is lost",
        _ => error.Errno switch
        {
            NoLink => "too many symbolic links on the way",
            NotUtf8 => "the name is not UTF-8",
            _ => error.Name,
        },
    };

    private static string? Impossible(string verb, IoError error) => verb switch
    {
        "ln" when error.Name == "EPERM" => "is a directory; only files have further names: give -s for a symbolic link",
        "frag split" or "frag merge" when error == IoError.NoSpace =>
            "no space is left for it, in the journal or where the objects are (ENOSPC); free some, and try again",
        "mv" when error == IoError.NotEmpty => "is a directory that is not empty; remove what is in it first",
        "mv" when error == IoError.Invalid => "a directory cannot be moved into itself or into what is in it",
        "xattr set" when error == IoError.NoSpace => "no room for it: the attributes of one file take 68 KiB at most",
        _ => null,
    };

    private static ExitCode ExitOf(IoError error) => error.Name switch
    {
        "ENAMETOOLONG" or "EINVAL" or "EILSEQ" or "EOPNOTSUPP" or "E2BIG" or "ERANGE" or "errno 34" => ExitCode.Usage,
        "ENOMEM" or "ETIMEDOUT" or "EACCES" => ExitCode.Environment,
        _ => ExitCode.Failure,
    };
}
