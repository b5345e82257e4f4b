// One operation of a client of the tree scenario: drawn from a generator, put as a request, and done to the model.
//
// Shape: paths have one to three names out of few, so that names are met again and again as every kind of thing; all of them lie
// below the client's own directory, which the model knows as its root.
using System.Globalization;
using System.Text;
using Engine.Buffers;
using Engine.Metadata;

namespace Engine.Simulation;

/// <summary>One operation on a client's own tree.</summary>
internal sealed record TreeOperation(ClientOp Op, string Path)
{
    private const int NameCount = 5;
    private const int DepthMax = 3;
    private const long SizeMax = 1 << 20;

    private static readonly ClientOp[] s_operations =
    [
        ClientOp.MakeDirectory, ClientOp.MakeDirectory, ClientOp.MakeDirectory, ClientOp.Create, ClientOp.Create, ClientOp.Create,
        ClientOp.SymbolicLink, ClientOp.Link, ClientOp.Link, ClientOp.Unlink, ClientOp.Unlink, ClientOp.RemoveDirectory,
        ClientOp.Rename, ClientOp.Rename, ClientOp.Rename, ClientOp.SetAttributes, ClientOp.SetXattr, ClientOp.RemoveXattr,
        ClientOp.GetXattr, ClientOp.Lookup, ClientOp.GetAttributes, ClientOp.ReadDirectory, ClientOp.ReadLink,
    ];

    private static readonly string[] s_xattrs = ["user.a", "user.b"];

    /// <summary>The new name of a link or rename.</summary>
    public string Path2 { get; private init; } = "";

    /// <summary>What a rename makes of a new name that exists.</summary>
    public RenameKind How { get; private init; }

    /// <summary>Permission bits, of what is made or to set.</summary>
    public uint? Mode { get; private init; }

    /// <summary>Length to set.</summary>
    public long? Size { get; private init; }

    /// <summary>Whether a link at the end is followed.</summary>
    public bool Follow { get; private init; }

    /// <summary>Name of an extended attribute.</summary>
    public string XattrName { get; private init; } = "";

    /// <summary>Value of an attribute, target of a link.</summary>
    public string Value { get; private init; } = "";

    /// <summary>Does it change the tree?</summary>
    public bool Changes => Op is not (ClientOp.Lookup or ClientOp.GetAttributes or ClientOp.GetXattr or ClientOp.ReadLink
        or ClientOp.ReadDirectory);

    /// <summary>Draws one.</summary>
    /// <param name="random">What from.</param>
    /// <param name="flagsRenames">Some renames exchange, or do not replace.</param>
    public static TreeOperation Draw(SeededRandom random, bool flagsRenames)
    {
        ClientOp op = s_operations[random.NextInt(s_operations.Length)];
        var drawn = new TreeOperation(op, DrawPath(random));
        return op switch
        {
            ClientOp.MakeDirectory => drawn with { Mode = 0x1C0 | (uint)random.NextInt(0x40) },
            ClientOp.Create => drawn with { Mode = (uint)random.NextInt(0x200) },
            ClientOp.SymbolicLink => drawn with { Value = DrawPath(random)[1..] },
            ClientOp.Link => drawn with { Path2 = DrawPath(random) },
            ClientOp.Rename => drawn with { Path2 = DrawPath(random), How = flagsRenames ? DrawKind(random) : default },
            ClientOp.SetAttributes when random.NextInt(2) == 0 =>
                drawn with { Mode = 0x1C0 | (uint)random.NextInt(0x40), Follow = true },
            ClientOp.SetAttributes => drawn with { Size = random.NextLong(SizeMax), Follow = true },
            ClientOp.SetXattr => drawn with
            {
                XattrName = s_xattrs[random.NextInt(s_xattrs.Length)],
                Value = new string((char)('a' + random.NextInt(26)), random.NextInt(1, 200)),
                Follow = true,
            },
            ClientOp.RemoveXattr or ClientOp.GetXattr =>
                drawn with { XattrName = s_xattrs[random.NextInt(s_xattrs.Length)], Follow = true },
            ClientOp.GetAttributes => drawn with { Follow = random.NextInt(2) == 0 },
            _ => drawn,
        };
    }

    /// <summary>Draws a rename of what is likely a directory: names that are not deep.</summary>
    public static TreeOperation DrawMove(SeededRandom random) =>
        new(ClientOp.Rename, DrawPath(random, DepthMax - 1)) { Path2 = DrawPath(random, DepthMax - 1) };

    /// <summary>A listing of a directory, and the attributes of a name, for a walk over everything.</summary>
    public static TreeOperation Of(ClientOp op, string path) => new(op, path);

    /// <summary>Makes a directory.</summary>
    public static TreeOperation Directory(string path, uint mode) => new(ClientOp.MakeDirectory, path) { Mode = mode };

    /// <summary>The request that asks a rank for it.</summary>
    public ClientRequest ToRequest(ulong tid, string below) => new(tid, Op)
    {
        Path = Encoding.UTF8.GetBytes(below + Path),
        Path2 = Path2.Length == 0 ? default : Encoding.UTF8.GetBytes(below + Path2),
        Follow = Follow,
        Changes = new AttributeChanges { Mode = Mode, Size = Size },
        XattrName = XattrName,
        Value = Encoding.UTF8.GetBytes(Value),
        Flags = Op == ClientOp.Create ? OpenFlags.Exclusive
            : How == RenameKind.Exchange ? OpenFlags.Exchange
            : How == RenameKind.NoReplace ? OpenFlags.NoReplace : OpenFlags.None,
    };

    /// <summary>Does it to the model. The number of what is made is the rank's.</summary>
    public TreeAnswer Do(NamespaceModel model, ulong given)
    {
        ModelCredential who = ModelCredential.Root;
        switch (Op)
        {
            case ClientOp.MakeDirectory or ClientOp.Create or ClientOp.SymbolicLink:
                return Make(model, given);
            case ClientOp.Unlink or ClientOp.RemoveDirectory:
                return new TreeAnswer(Remove(model));
            case ClientOp.Link:
            {
                IoError error = model.Resolve(Path, false, who, out ulong ino);
                if (error.IsNone)
                    error = model.ResolveParent(Path2, who, out ulong directory, out string name) is { Failed: true } failed
                        ? failed
                        : model.Link(ino, directory, name, who);
                return error.Failed ? new TreeAnswer(error) : Stat(model, ino);
            }

            case ClientOp.Rename:
            {
                IoError error = model.ResolveParent(Path, who, out ulong from, out string fromName);
                if (error.Failed)
                    return new TreeAnswer(error);
                error = model.ResolveParent(Path2, who, out ulong to, out string toName);
                return new TreeAnswer(error.Failed ? error : model.Rename(from, fromName, to, toName, who, How));
            }

            default:
            {
                bool follows = Follow || Op == ClientOp.ReadDirectory;
                IoError error = model.Resolve(Path.Length == 0 ? "/" : Path, follows, who, out ulong ino);
                return error.Failed ? new TreeAnswer(error) : OnInode(model, ino);
            }
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Op} {Path} {Path2} {HowText} {Mode:x} {Size} {XattrName} {Value}").TrimEnd();

    private string HowText => How == RenameKind.Replace ? "" : $"{How}";

    private static RenameKind DrawKind(SeededRandom random) => random.NextInt(6) switch
    {
        0 => RenameKind.NoReplace,
        < 3 => RenameKind.Exchange,
        _ => RenameKind.Replace,
    };

    private static string DrawPath(SeededRandom random, int depthMax = DepthMax)
    {
        var path = new StringBuilder();
        int depth = random.NextInt(1, depthMax + 1);
        for (int i = 0; i < depth; i++)
            path.Append('/').Append((char)('a' + random.NextInt(NameCount)));
        return path.ToString();
    }

    private static TreeAnswer Stat(NamespaceModel model, ulong ino)
    {
        IoError error = model.Stat(ino, out ModelStat stat);
        return new TreeAnswer(error) { Stat = stat };
    }

    private TreeAnswer Make(NamespaceModel model, ulong given)
    {
        ModelCredential who = ModelCredential.Root;
        IoError error = model.ResolveParent(Path, who, out ulong directory, out string name);
        if (error.Failed)
            return new TreeAnswer(error);
        ulong ino;
        error = Op switch
        {
            ClientOp.MakeDirectory => model.Mkdir(directory, name, Mode ?? 0, who, out ino, given),
            ClientOp.Create => model.Create(directory, name, Mode ?? 0, who, out ino, given: given),
            _ => model.Symlink(directory, name, Value, who, out ino, given),
        };
        return error.Failed ? new TreeAnswer(error) : Stat(model, ino);
    }

    private IoError Remove(NamespaceModel model)
    {
        ModelCredential who = ModelCredential.Root;
        IoError error = model.ResolveParent(Path, who, out ulong directory, out string name);
        if (error.Failed)
            return error;
        return Op == ClientOp.Unlink ? model.Unlink(directory, name, who) : model.Rmdir(directory, name, who);
    }

    private TreeAnswer OnInode(NamespaceModel model, ulong ino)
    {
        ModelCredential who = ModelCredential.Root;
        switch (Op)
        {
            case ClientOp.SetAttributes:
                IoError changed = model.SetAttributes(ino, new AttributeChange { Mode = Mode, Size = Size }, who);
                return changed.Failed ? new TreeAnswer(changed) : Stat(model, ino);
            case ClientOp.SetXattr:
                return new TreeAnswer(model.SetXattr(ino, XattrName, Encoding.UTF8.GetBytes(Value), XattrMode.Any, who));
            case ClientOp.RemoveXattr:
                return new TreeAnswer(model.RemoveXattr(ino, XattrName, who));
            case ClientOp.GetXattr:
                return new TreeAnswer(model.GetXattr(ino, XattrName, who, out byte[] value))
                {
                    Value = Encoding.UTF8.GetString(value),
                };
            case ClientOp.ReadLink:
                return new TreeAnswer(model.ReadLink(ino, out string target)) { Value = target };
            case ClientOp.ReadDirectory:
                return new TreeAnswer(model.ReadDirectory(ino, who, out IReadOnlyList<(string Name, ulong Ino)> entries))
                {
                    Names = [.. entries.Select(entry => entry.Name)],
                };
            default:
                return Stat(model, ino);
        }
    }
}
