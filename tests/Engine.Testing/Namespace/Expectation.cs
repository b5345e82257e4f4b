using System.Globalization;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

// Grammar, after the "->" of a script's line: OK, or the name of an error, or what a step has to return, as words:
//   type=file|dir|link mode=0755 nlink=2 uid=alice gid=staff size=7 atime=1000     of stat, lstat and fstat
//   atime+ mtime- ctime+       the time was, or was not, made after the last tick
//   target=WORD value=WORD     of readlink and getxattr
//   names=a:dir,b:file         of readdir, in any order; '' for none; of listxattr the names alone

/// <summary>What a step has to come to.</summary>
public sealed class Expectation
{
    private readonly IoError _error;
    private readonly string[] _words;

    private Expectation(IoError error, string[] words)
    {
        _error = error;
        _words = words;
    }

    /// <summary>Success, whatever it returns.</summary>
    public static Expectation Success { get; } = new(default, []);

    /// <summary>The error that is expected; none for success.</summary>
    public IoError Error => _error;

    /// <summary>True where it matters whether a time was made after the last tick.</summary>
    public bool TellsTimes => _words.Any(word => word[^1] is '+' or '-');

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">Not an expectation.</exception>
    public static Expectation Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 1 && Errno.TryParse(words[0], out IoError error))
            return new Expectation(error, []);
        if (words.Length == 0 || words.Any(word => !word.Contains('=', StringComparison.Ordinal) && word[^1] is not ('+' or '-')))
            throw new FormatException($"an error's name or attributes expected: {text}");
        return new Expectation(default, words);
    }

    /// <summary>Why the result is another one; null when it is the expected one.</summary>
    public string? Difference(StepResult result, EpochClock clock)
    {
        if (result.Error != _error)
            return $"expected {Errno.NameOf(_error)}, was {Errno.NameOf(result.Error)}";
        string? wrong = _words.FirstOrDefault(word => !Holds(word, result, clock));
        return wrong is null ? null : $"expected {wrong}, was {result.Describe(clock)}";
    }

    private static bool Holds(string word, StepResult result, EpochClock clock)
    {
        if (word[^1] is '+' or '-')
            return clock.IsRecent(TimeOf(word[..^1], result.Status!.Value)) == (word[^1] == '+');
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        (string key, string value) = (word[..equals], word[(equals + 1)..]);
        return key switch
        {
            "target" or "value" => result.Data == Words.Escape(Words.Parse(value)),
            "names" => result.Data == StepExecutor.Join(value == "''" ? [] : value.Split(',')),
            _ => HoldsOf(key, value, result.Status!.Value),
        };
    }

    private static bool HoldsOf(string key, string value, FileStatus status) => key switch
    {
        "type" => EpochClock.NameOf(status.Type) == value,
        "mode" => status.Permissions == Convert.ToUInt32(value, 8),
        "nlink" => status.Links == Number(value),
        "uid" => status.Uid == (Credential.Named(value)?.Uid ?? Number(value)),
        "gid" => status.Gid == (value == "staff" ? Credential.StaffGid : Credential.Named(value)?.Gid ?? Number(value)),
        "size" => status.Size == Number(value),
        "atime" or "mtime" or "ctime" => TimeOf(key, status) == new Timestamp(Number(value), 0),
        _ => throw new FormatException($"no such attribute: {key}"),
    };

    private static Timestamp TimeOf(string key, FileStatus status) => key switch
    {
        "atime" => status.Accessed,
        "mtime" => status.Modified,
        "ctime" => status.Changed,
        _ => throw new FormatException($"no such time: {key}"),
    };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
