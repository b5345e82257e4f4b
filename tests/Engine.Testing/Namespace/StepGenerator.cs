using System.Text;
using Engine.Buffers;

namespace Engine.Testing.Namespace;

// Purpose: random operations that meet each other: few names, shallow directories, and a memory of what exists, so that most
// operations find something. What it draws depends on the seed and on the results of the reference only.
// Invariants: _known holds paths that existed when they were learned; it may be out of date, which is wanted now and then, and is
// brought up to date by Refresh. _linked holds pairs of names that one file had, for the rename that does nothing.

/// <summary>Draws random steps.</summary>
public sealed class StepGenerator
{
    private const int HandlesMax = 6;
    private const uint OpenMode = 0x1FF;
    private const uint OpenFileMode = 0x1B6;

    private static readonly string[] s_names = ["a", "b", "c", "d", "e", "f", "Aa", "é", "x.y", "n10"];
    private static readonly string[] s_xattrs = ["user.a", "user.b", "user.long-name"];
    private static readonly uint[] s_fileModes = [0x1A4, 0x1B6, 0x180, 0x100, 0, 0x1ED, 0x9ED, 0x5ED, 0x5E4, 0xDFF, 0x124];
    private static readonly uint[] s_directoryModes =
        [0x1ED, 0x1FF, 0x1FF, 0x1FF, 0x1FF, 0x1FF, 0x1C0, 0x1C9, 0x16D, 0, 0x3FD, 0x5FD, 0x7FD, 0x5FF, 0x5FF, 0x1C4, 0x3F8];

    private static readonly long[] s_lengths = [0, 0, 1, 100, 4096, 4097, 1 << 20, 1L << 32, -1];

    // Kind and weight; the second weight counts when there are too many names.
    private static readonly (StepKind Kind, int Weight, int WeightFull)[] s_kinds =
    [
        (StepKind.MakeDirectory, 90, 20), (StepKind.Open, 150, 40), (StepKind.Close, 20, 20), (StepKind.StatHandle, 25, 25),
        (StepKind.Link, 60, 15), (StepKind.SymbolicLink, 50, 10), (StepKind.ReadLink, 15, 15), (StepKind.Unlink, 90, 220),
        (StepKind.RemoveDirectory, 45, 160), (StepKind.Rename, 150, 150), (StepKind.Stat, 100, 100),
        (StepKind.ReadDirectory, 35, 35), (StepKind.ChangeMode, 60, 60), (StepKind.ChangeOwner, 35, 35),
        (StepKind.Truncate, 40, 40), (StepKind.SetTimes, 35, 35), (StepKind.SetXattr, 40, 40), (StepKind.GetXattr, 15, 15),
        (StepKind.ListXattr, 12, 12), (StepKind.RemoveXattr, 20, 20),
    ];

    private readonly SeededRandom _random;
    private readonly GeneratorOptions _options;
    private readonly List<string> _known = [];
    private readonly List<string> _directories = ["/"];
    private readonly List<(byte[] One, byte[] Other)> _linked = [];
    private bool _opensRoot;

    /// <summary>A generator that draws the same steps for the same seed and the same results.</summary>
    public StepGenerator(ulong seed, GeneratorOptions options)
    {
        _random = new SeededRandom(seed);
        _options = options;
    }

    /// <summary>The next step.</summary>
    public Step Next()
    {
        if (_random.NextInt(_options.TickEvery) == 0)
            return new Step { Kind = StepKind.Tick };
        if (_opensRoot)
        {
            _opensRoot = false;
            return new Step { Kind = StepKind.ChangeMode, Path = Bytes("/"), Mode = OpenMode };
        }

        StepKind kind = NextKind();
        Credential who = NextCredential();
        if (kind == StepKind.Link && _options.LinksByRootOnly)
            who = Credential.Root;
        return WithArguments(new Step { Kind = kind, Who = who });
    }

    /// <summary>Remembers what a step made, and forgets what it took away.</summary>
    public void Learn(Step step, StepResult result)
    {
        if (result.Error.Failed)
            return;
        if (step is { Kind: StepKind.Rename, RenameMode: RenameMode.Exchange })
        {
            Exchange(Encoding.UTF8.GetString(step.Path), Encoding.UTF8.GetString(step.Second));
            return;
        }

        if (step.Kind is StepKind.Unlink or StepKind.RemoveDirectory or StepKind.Rename)
            Forget(Encoding.UTF8.GetString(step.Path));
        byte[]? made = step.Kind switch
        {
            StepKind.MakeDirectory or StepKind.Open or StepKind.SymbolicLink => step.Path,
            StepKind.Link or StepKind.Rename => step.Second,
            _ => null,
        };
        if (made is null)
            return;
        string path = Encoding.UTF8.GetString(made);
        _known.Add(path);
        if (step.Kind == StepKind.Link)
            _linked.Add((step.Path, step.Second));
        if (step.Kind == StepKind.MakeDirectory)
            AddDirectory(path);
    }

    /// <summary>Replaces the memory by what is there, and has the root directory opened for everybody again.</summary>
    public void Refresh(TreeSnapshot tree)
    {
        _known.Clear();
        _linked.Clear();
        _directories.Clear();
        _directories.Add("/");
        _opensRoot = true;
        foreach (TreeNode node in tree.Nodes.Where(node => node.Depth > 0))
        {
            string path = Encoding.UTF8.GetString(node.Path);
            _known.Add(path);
            if (node.Status.Type == FileType.Directory)
                AddDirectory(path);
        }
    }

    private void Forget(string path)
    {
        _known.Remove(path);
        if (path != "/")
            _directories.Remove(path);
    }

    /// <summary>Both names stay, and each may be a directory if the other was.</summary>
    private void Exchange(string one, string other)
    {
        bool isDirectory = _directories.Remove(one);
        if (_directories.Remove(other))
            AddDirectory(one);
        if (isDirectory)
            AddDirectory(other);
    }

    private void AddDirectory(string path)
    {
        if (path.Split('/', StringSplitOptions.RemoveEmptyEntries).Length < _options.DepthMax)
            _directories.Add(path);
    }

    private StepKind NextKind()
    {
        bool full = _known.Count > _options.NamesMax;
        int rest = _random.NextInt(s_kinds.Sum(entry => full ? entry.WeightFull : entry.Weight));
        foreach ((StepKind kind, int weight, int weightFull) in s_kinds)
        {
            rest -= full ? weightFull : weight;
            if (rest < 0)
                return IsXattr(kind) && !_options.Attributes ? StepKind.Stat : kind;
        }

        return StepKind.Stat;
    }

    private static bool IsXattr(StepKind kind) =>
        kind is StepKind.SetXattr or StepKind.GetXattr or StepKind.ListXattr or StepKind.RemoveXattr;

    private Credential NextCredential() => _random.NextInt(10) switch
    {
        < 5 => Credential.Root,
        < 8 => Credential.Alice,
        < 9 => Credential.Bob,
        _ => Credential.Carol,
    };

    private Step WithArguments(Step step) => step.Kind switch
    {
        StepKind.MakeDirectory => step with { Path = New(), Mode = _random.NextBool(0.6) ? OpenMode : Pick(s_directoryModes) },
        StepKind.Open => Open(step),
        StepKind.Close or StepKind.StatHandle => step with { Handle = Handle() },
        StepKind.Link => step with { Path = Existing(), Second = New() },
        StepKind.SymbolicLink => step with { Path = New(), Second = Encoding.UTF8.GetBytes(Target()) },
        StepKind.RemoveDirectory => step with { Path = _random.NextBool(0.7) ? Bytes(Pick(_directories)) : Existing() },
        StepKind.Rename => Rename(step),
        StepKind.ChangeMode => step with
        {
            Path = Existing(),
            Mode = _random.NextBool(0.5) ? OpenMode : Pick(_random.NextBool(0.5) ? s_directoryModes : s_fileModes),
        },
        StepKind.ChangeOwner => Owner(step),
        StepKind.Truncate => step with { Path = Existing(), Length = Pick(s_lengths) },
        StepKind.SetTimes => Times(step),
        StepKind.SetXattr => step with
        {
            Path = Existing(),
            Name = Bytes(Pick(s_xattrs)),
            Value = new byte[_random.NextInt(40)],
            XattrMode = (XattrMode)Math.Max(0, _random.NextInt(6) - 3),
            NoFollow = _random.NextBool(0.3),
        },
        StepKind.GetXattr or StepKind.RemoveXattr =>
            step with { Path = Existing(), Name = Bytes(Pick(s_xattrs)), NoFollow = _random.NextBool(0.3) },
        StepKind.Stat or StepKind.ListXattr => step with { Path = Existing(), NoFollow = _random.NextBool(0.5) },
        _ => step with { Path = Existing() },
    };

    private Step Open(Step step)
    {
        bool creates = _random.NextBool(0.65);
        var flags = (OpenFlags)_random.NextInt(3);
        if (creates)
            flags |= OpenFlags.Create | (_random.NextBool(0.3) ? OpenFlags.Exclusive : default);
        else if (_random.NextBool(0.15))
            flags |= OpenFlags.Directory;

        // What O_TRUNC does without an access mode for writing is not specified.
        if ((flags & (OpenFlags.WriteOnly | OpenFlags.ReadWrite)) != 0 && _random.NextBool(0.2))
            flags |= OpenFlags.Truncate;
        if (_random.NextBool(0.1))
            flags |= OpenFlags.NoFollow;
        return step with
        {
            Path = creates && _random.NextBool(0.8) ? New() : Existing(),
            Flags = flags,
            Mode = !creates ? 0 : _random.NextBool(0.4) ? OpenFileMode : Pick(s_fileModes),
            Handle = _random.NextBool(0.15) ? Handle() : null,
        };
    }

    private Step Rename(Step step)
    {
        if (_linked.Count > 0 && _random.NextBool(0.1))
        {
            (byte[] one, byte[] other) = Pick(_linked);
            return step with { Path = one, Second = other };
        }

        RenameMode mode = _random.NextInt(8) switch
        {
            0 => RenameMode.NoReplace,
            < 3 => RenameMode.Exchange,
            _ => RenameMode.Replace,
        };
        bool wantsBoth = _random.NextBool(mode == RenameMode.Exchange ? 0.9 : 0.4);
        return step with { Path = Existing(), Second = wantsBoth ? Existing() : New(), RenameMode = mode };
    }

    private Step Owner(Step step)
    {
        // Both left as they are means nothing that is specified.
        uint? uid = _random.NextBool(0.5) ? Pick(Credential.All).Uid : null;
        uint? gid = uid is null || _random.NextBool(0.5)
            ? (_random.NextBool(0.4) ? Credential.StaffGid : Pick(Credential.All).Gid)
            : null;
        return step with { Path = Existing(), Uid = uid, Gid = gid, NoFollow = _random.NextBool(0.3) };
    }

    private Step Times(Step step)
    {
        // Both omitted is not even looked up.
        TimeChange accessed = Time();
        TimeChange modified = Time();
        return step with
        {
            Path = Existing(),
            Accessed = accessed,
            Modified = accessed.IsOmit && modified.IsOmit ? TimeChange.Now : modified,
            NoFollow = _random.NextBool(0.3),
        };
    }

    private TimeChange Time() => _random.NextInt(4) switch
    {
        0 => TimeChange.Omit,
        1 or 2 => TimeChange.Now,
        _ => TimeChange.At(_random.NextInt(1, 2000)),
    };

    private string Handle() => "h" + (char)('1' + _random.NextInt(HandlesMax));

    private string Target() => _random.NextInt(8) switch
    {
        0 => Pick(s_names),
        1 => "../" + Pick(s_names),
        2 => ".",
        3 => "..",
        4 => Pick(s_names) + "/" + Pick(s_names),
        5 => new string('t', 200) + "/../" + Pick(s_names),
        _ => _known.Count == 0 ? "/" : Pick(_known),
    };

    private byte[] Existing()
    {
        bool guesses = _known.Count == 0 || _random.NextBool(0.2);
        return Decorated(guesses ? Child(Pick(_directories)) : Pick(_known));
    }

    private byte[] New() => Decorated(Child(Pick(_directories)));

    private string Child(string directory) => (directory == "/" ? "" : directory) + "/" + Pick(s_names);

    /// <summary>Now and then a path that is written strangely.</summary>
    private byte[] Decorated(string path) => Bytes(_random.NextInt(100) switch
    {
        < 3 => path + "/",
        < 5 => path + "/.",
        < 6 => path + "/..",
        < 7 => path + "/../" + Pick(s_names),
        < 8 => "/./" + path,
        < 9 => path.TrimStart('/'),
        < 10 => path + "/" + Pick(s_names),
        10 when _random.NextBool(0.2) => path + new string('n', 256),
        11 when _random.NextBool(0.2) => "",
        12 when _random.NextBool(0.2) => "/",
        _ => path,
    });

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.NextInt(from.Count)];
}
