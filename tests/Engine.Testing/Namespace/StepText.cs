using System.Globalization;

namespace Engine.Testing.Namespace;

// Purpose: steps as lines of text, for the table of rows and for what the differential run found; read and written alike.
// Grammar, words parted by spaces (Words says how bytes become words):
//   tick
//   WHO mkdir PATH MODE             WHO open PATH FLAGS [MODE] [@HANDLE]   WHO creat PATH MODE      WHO close|fstat @HANDLE
//   WHO link OLD NEW                WHO symlink TARGET PATH                WHO readlink|unlink|rmdir|readdir PATH
//   WHO rename OLD NEW [noreplace|exchange]            WHO stat|lstat PATH         WHO chmod PATH MODE
//   WHO chown|lchown PATH UID GID   WHO truncate PATH LENGTH               WHO utimens|lutimens PATH ATIME MTIME
//   WHO [l]setxattr PATH NAME VALUE [create|replace]    WHO [l]getxattr|[l]removexattr PATH NAME    WHO [l]listxattr PATH
// FLAGS: r, w or rw, with +creat +excl +trunc +append +dir +nofollow. UID and GID: a number, a credential's name, staff as a
// group, or - to leave it. Times: now, omit, or seconds. creat is open with w+creat+trunc.

/// <summary>Steps as text.</summary>
public static class StepText
{
    private const string Tick = "tick";

    private static readonly (string Word, OpenFlags Flag)[] s_flags =
    [
        ("creat", OpenFlags.Create), ("excl", OpenFlags.Exclusive), ("trunc", OpenFlags.Truncate), ("append", OpenFlags.Append),
        ("dir", OpenFlags.Directory), ("nofollow", OpenFlags.NoFollow),
    ];

    private static readonly (string Word, StepKind Kind)[] s_verbs =
    [
        ("mkdir", StepKind.MakeDirectory), ("open", StepKind.Open), ("close", StepKind.Close), ("fstat", StepKind.StatHandle),
        ("link", StepKind.Link), ("symlink", StepKind.SymbolicLink), ("readlink", StepKind.ReadLink), ("unlink", StepKind.Unlink),
        ("rmdir", StepKind.RemoveDirectory), ("rename", StepKind.Rename), ("stat", StepKind.Stat),
        ("readdir", StepKind.ReadDirectory), ("chmod", StepKind.ChangeMode), ("chown", StepKind.ChangeOwner),
        ("truncate", StepKind.Truncate), ("utimens", StepKind.SetTimes), ("setxattr", StepKind.SetXattr),
        ("getxattr", StepKind.GetXattr), ("listxattr", StepKind.ListXattr), ("removexattr", StepKind.RemoveXattr),
    ];

    /// <summary>The step of a line.</summary>
    /// <exception cref="FormatException">Not a step.</exception>
    public static Step Parse(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is [Tick])
            return new Step { Kind = StepKind.Tick };
        if (words.Length < 3 || Credential.Named(words[0]) is not { } who)
            throw new FormatException($"who and what expected: {line}");
        string verb = words[1];
        if (verb == "creat")
            return Creat(who, words[2..]);
        bool noFollow = verb[0] == 'l' && verb != "link" && verb != "listxattr";
        (string Word, StepKind Kind) known = s_verbs.FirstOrDefault(pair => pair.Word == (noFollow ? verb[1..] : verb));
        if (known.Word is null)
            throw new FormatException($"no such operation: {line}");
        Step step = new() { Kind = known.Kind, Who = who, NoFollow = noFollow };
        try
        {
            return WithArguments(step, words[2..]);
        }
        catch (Exception wrong) when (wrong is FormatException or IndexOutOfRangeException or OverflowException)
        {
            throw new FormatException($"{wrong.Message} in: {line}", wrong);
        }
    }

    /// <summary>The line of a step; <see cref="Parse"/> gives the step back.</summary>
    public static string Format(Step step)
    {
        if (step.Kind == StepKind.Tick)
            return Tick;
        string verb = (step.NoFollow ? "l" : "") + s_verbs.First(pair => pair.Kind == step.Kind).Word;
        string path = Words.Escape(step.Path);
        string second = Words.Escape(step.Second);
        string handle = step.Handle is null ? "" : " @" + step.Handle;
        string arguments = step.Kind switch
        {
            StepKind.Open => $"{path} {FlagsText(step.Flags)} {Octal(step.Mode)}{handle}",
            StepKind.Close or StepKind.StatHandle => "@" + step.Handle,
            StepKind.MakeDirectory or StepKind.ChangeMode => $"{path} {Octal(step.Mode)}",
            StepKind.Link => $"{path} {second}",
            StepKind.Rename => $"{path} {second}{ModeText(step.RenameMode)}",
            StepKind.SymbolicLink => $"{second} {path}",
            StepKind.ChangeOwner => $"{path} {IdText(step.Uid)} {IdText(step.Gid)}",
            StepKind.Truncate => $"{path} {step.Length.ToString(CultureInfo.InvariantCulture)}",
            StepKind.SetTimes => $"{path} {TimeText(step.Accessed)} {TimeText(step.Modified)}",
            StepKind.SetXattr => $"{path} {Words.Escape(step.Name)} {Words.Escape(step.Value)}{ModeText(step.XattrMode)}",
            StepKind.GetXattr or StepKind.RemoveXattr => $"{path} {Words.Escape(step.Name)}",
            _ => path,
        };
        return $"{step.Who.Name} {verb} {arguments}";
    }

    private static Step Creat(Credential who, string[] words) => new()
    {
        Kind = StepKind.Open,
        Who = who,
        Path = Words.Parse(words[0]),
        Flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Truncate,
        Mode = ParseOctal(words[1]),
    };

    private static Step WithArguments(Step step, string[] words) => step.Kind switch
    {
        StepKind.Open => Open(step, words),
        StepKind.Close or StepKind.StatHandle => step with { Handle = words[0][1..] },
        StepKind.MakeDirectory or StepKind.ChangeMode => step with { Path = Words.Parse(words[0]), Mode = ParseOctal(words[1]) },
        StepKind.Link => step with { Path = Words.Parse(words[0]), Second = Words.Parse(words[1]) },
        StepKind.Rename => step with
        {
            Path = Words.Parse(words[0]),
            Second = Words.Parse(words[1]),
            RenameMode = words.Length < 3 ? RenameMode.Replace : Enum.Parse<RenameMode>(words[2], ignoreCase: true),
        },
        StepKind.SymbolicLink => step with { Second = Words.Parse(words[0]), Path = Words.Parse(words[1]) },
        StepKind.ChangeOwner => step with
        {
            Path = Words.Parse(words[0]),
            Uid = ParseId(words[1], isGroup: false),
            Gid = ParseId(words[2], isGroup: true),
        },
        StepKind.Truncate => step with
        {
            Path = Words.Parse(words[0]),
            Length = long.Parse(words[1], CultureInfo.InvariantCulture),
        },
        StepKind.SetTimes => step with
        {
            Path = Words.Parse(words[0]),
            Accessed = ParseTime(words[1]),
            Modified = ParseTime(words[2]),
        },
        StepKind.SetXattr => step with
        {
            Path = Words.Parse(words[0]),
            Name = Words.Parse(words[1]),
            Value = Words.Parse(words[2]),
            XattrMode = words.Length < 4 ? XattrMode.Any : Enum.Parse<XattrMode>(words[3], ignoreCase: true),
        },
        StepKind.GetXattr or StepKind.RemoveXattr => step with { Path = Words.Parse(words[0]), Name = Words.Parse(words[1]) },
        _ => step with { Path = Words.Parse(words[0]) },
    };

    private static Step Open(Step step, string[] words)
    {
        string? handle = words[^1][0] == '@' ? words[^1][1..] : null;
        bool hasMode = words.Length > (handle is null ? 2 : 3);
        return step with
        {
            Path = Words.Parse(words[0]),
            Flags = ParseFlags(words[1]),
            Mode = hasMode ? ParseOctal(words[2]) : 0,
            Handle = handle,
        };
    }

    private static OpenFlags ParseFlags(string word)
    {
        OpenFlags flags = default;
        foreach (string part in word.Split('+'))
        {
            flags |= part switch
            {
                "r" => OpenFlags.ReadOnly,
                "w" => OpenFlags.WriteOnly,
                "rw" => OpenFlags.ReadWrite,
                _ => s_flags.FirstOrDefault(pair => pair.Word == part) is { Word: not null } known
                    ? known.Flag
                    : throw new FormatException($"no such flag: {part}"),
            };
        }

        return flags;
    }

    private static string FlagsText(OpenFlags flags)
    {
        string access = (flags & OpenFlags.ReadWrite) != 0 ? "rw" : (flags & OpenFlags.WriteOnly) != 0 ? "w" : "r";
        return string.Concat([access, .. s_flags.Where(pair => (flags & pair.Flag) != 0).Select(pair => "+" + pair.Word)]);
    }

    private static string Octal(uint mode) => "0" + Convert.ToString(mode, 8);

    private static uint ParseOctal(string word) => Convert.ToUInt32(word, 8);

    private static string IdText(uint? id) => id?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static uint? ParseId(string word, bool isGroup) =>
        word == "-" ? null
        : word == "staff" ? Credential.StaffGid
        : Credential.Named(word) is { } who ? (isGroup ? who.Gid : who.Uid)
        : uint.Parse(word, CultureInfo.InvariantCulture);

    private static string TimeText(TimeChange time) =>
        time.IsNow ? "now" : time.Value is { } value ? value.Seconds.ToString(CultureInfo.InvariantCulture) : "omit";

    private static TimeChange ParseTime(string word) => word switch
    {
        "now" => TimeChange.Now,
        "omit" => TimeChange.Omit,
        _ => TimeChange.At(long.Parse(word, CultureInfo.InvariantCulture)),
    };

    private static string ModeText(XattrMode mode) => mode switch
    {
        XattrMode.Create => " create",
        XattrMode.Replace => " replace",
        _ => "",
    };

    private static string ModeText(RenameMode mode) => mode switch
    {
        RenameMode.NoReplace => " noreplace",
        RenameMode.Exchange => " exchange",
        _ => "",
    };
}
