// A small language for tests of the reference namespace: a statement a line, or several between semicolons.
using System.Globalization;
using Engine.Buffers;

namespace Engine.Simulation.Tests;

/// <summary>Runs lines like <c>rename /a /b = ENOENT</c> against the reference namespace. <c>as 1000</c> changes who acts; a line
/// without an error expects success; <c>stat /a nlink=3</c> and <c>ls / a b</c> compare.</summary>
internal sealed class NamespaceScript
{
    private static readonly Dictionary<string, int> s_errors = new()
    {
        ["EPERM"] = 1, ["ENOENT"] = 2, ["E2BIG"] = 7, ["EACCES"] = 13, ["EBUSY"] = 16, ["EEXIST"] = 17, ["ENOTDIR"] = 20,
        ["EISDIR"] = 21, ["EINVAL"] = 22, ["EFBIG"] = 27, ["EMLINK"] = 31, ["ERANGE"] = 34, ["ENAMETOOLONG"] = 36,
        ["ENOTEMPTY"] = 39, ["ELOOP"] = 40, ["ENODATA"] = 61,
    };

    private readonly NamespaceModel _model;
    private ModelCredential _who = ModelCredential.Root;

    public NamespaceScript(NamespaceLimits? limits = null) => _model = new NamespaceModel(limits);

    public NamespaceModel Model => _model;

    public NamespaceScript Run(string script)
    {
        foreach (string line in script.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] sides = line.Split(" = ");
            IoError error = Do(sides[0].Split(' '));
            int expected = sides.Length > 1 ? s_errors[sides[1]] : 0;
            Assert.True(error.Errno == expected, $"{line}: got {error}");
        }

        return this;
    }

    private IoError Do(string[] words)
    {
        switch (words[0])
        {
            case "as":
                uint uid = uint.Parse(words[1], CultureInfo.InvariantCulture);
                _who = new ModelCredential(uid, uid);
                return default;
            case "stat":
                return Stat(words);
            case "ls":
                return List(words);
            case "link" or "rename":
                return DoTwo(words);
            case "chmod" or "chown" or "truncate" or "setxattr" or "getxattr" or "rmxattr" or "open" or "close":
                return DoInode(words);
            default:
                return DoName(words);
        }
    }

    private IoError DoName(string[] words)
    {
        IoError error = _model.ResolveParent(words[1], _who, out ulong directory, out string name);
        if (error.Failed)
            return error;
        return words[0] switch
        {
            "mkdir" => _model.Mkdir(directory, name, Mode(words), _who, out _),
            "create" => _model.Create(directory, name, Mode(words), _who, out _),
            "touch" => _model.Create(directory, name, Mode(words), _who, out _, isExclusive: false),
            "symlink" => _model.Symlink(directory, name, words.Length > 2 ? words[2] : "", _who, out _),
            "unlink" => _model.Unlink(directory, name, _who),
            "rmdir" => _model.Rmdir(directory, name, _who),
            "lookup" => _model.Lookup(directory, name, _who, out _),
            _ => throw new ArgumentException(words[0]),
        };
    }

    private IoError DoTwo(string[] words)
    {
        IoError error = _model.ResolveParent(words[1], _who, out ulong from, out string fromName);
        if (error.IsNone)
            error = _model.ResolveParent(words[2], _who, out _, out _);
        if (error.Failed)
            return error;
        _ = _model.ResolveParent(words[2], _who, out ulong to, out string toName);
        if (words[0] == "rename")
            return _model.Rename(from, fromName, to, toName, _who,
                words.Length < 4 ? RenameKind.Replace : words[3] == "no" ? RenameKind.NoReplace : RenameKind.Exchange);
        error = _model.Resolve(words[1], false, _who, out ulong ino);
        return error.Failed ? error : _model.Link(ino, to, toName, _who);
    }

    private IoError DoInode(string[] words)
    {
        IoError error = _model.Resolve(words[1], follows: words[0] is not "chown", _who, out ulong ino);
        if (error.Failed)
            return error;
        switch (words[0])
        {
            case "chmod":
                return _model.SetAttributes(ino, new AttributeChange { Mode = Mode(words) }, _who);
            case "chown":
                uint uid = uint.Parse(words[2], CultureInfo.InvariantCulture);
                return _model.SetAttributes(ino, new AttributeChange { Uid = uid, Gid = uid }, _who);
            case "truncate":
                long size = long.Parse(words[2], CultureInfo.InvariantCulture);
                return _model.SetAttributes(ino, new AttributeChange { Size = size }, _who);
            case "setxattr":
                XattrMode mode = words.Length > 4 ? Enum.Parse<XattrMode>(words[4]) : XattrMode.Any;
                byte[] value = words[3].StartsWith('*') ? new byte[int.Parse(words[3][1..], CultureInfo.InvariantCulture)]
                    : System.Text.Encoding.UTF8.GetBytes(words[3]);
                return _model.SetXattr(ino, words[2], value, mode, _who);
            case "getxattr":
                error = _model.GetXattr(ino, words[2], _who, out byte[] found);
                if (error.IsNone)
                    Assert.Equal(words[3], System.Text.Encoding.UTF8.GetString(found));
                return error;
            case "rmxattr":
                return _model.RemoveXattr(ino, words[2], _who);
            default:
                return _model.Open(ino);
        }
    }

    private IoError Stat(string[] words)
    {
        IoError error = _model.Resolve(words[1], follows: false, _who, out ulong ino);
        if (error.Failed)
            return error;
        error = _model.Stat(ino, out ModelStat stat);
        foreach (string word in words[2..])
        {
            string[] pair = word.Split('=');
            string actual = pair[0] switch
            {
                "nlink" => stat.Nlink.ToString(CultureInfo.InvariantCulture),
                "size" => stat.Size.ToString(CultureInfo.InvariantCulture),
                "mode" => Convert.ToString(stat.Mode, 8),
                "uid" => stat.Uid.ToString(CultureInfo.InvariantCulture),
                "gid" => stat.Gid.ToString(CultureInfo.InvariantCulture),
                _ => stat.Kind.ToString(),
            };
            Assert.True(actual == pair[1], $"{string.Join(' ', words)}: {pair[0]} is {actual}");
        }

        return error;
    }

    private IoError List(string[] words)
    {
        IoError error = _model.Resolve(words[1], follows: true, _who, out ulong ino);
        if (error.Failed)
            return error;
        error = _model.ReadDirectory(ino, _who, out IReadOnlyList<(string Name, ulong Ino)> entries);
        if (error.IsNone)
            Assert.Equal(words[2..], entries.Select(entry => entry.Name));
        return error;
    }

    private static uint Mode(string[] words) => words.Length > 2 ? Convert.ToUInt32(words[2], 8) : 0x1ED;
}
