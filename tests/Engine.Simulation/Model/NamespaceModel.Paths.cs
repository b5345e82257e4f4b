using System.Text;
using Engine.Buffers;

namespace Engine.Simulation;

public sealed partial class NamespaceModel
{
    /// <summary>Walks a path from the root to an inode. ENOENT, ENOTDIR, EACCES, ENAMETOOLONG, ELOOP.</summary>
    /// <param name="path">Names between slashes; a slash at the end asks for a directory.</param>
    /// <param name="follows">Whether a link at the end is followed too.</param>
    /// <param name="who">Who walks.</param>
    /// <param name="ino">Where the path ends.</param>
    public IoError Resolve(string path, bool follows, ModelCredential who, out ulong ino)
    {
        int links = 0;
        ino = 0;
        return CheckPath(path) is { Failed: true } error ? error : Walk(Root, path, follows, who, ref links, out ino);
    }

    /// <summary>Walks to the directory of a path's last name, which need not exist.</summary>
    /// <param name="path">The path; its last name may be "." or "..".</param>
    /// <param name="who">Who walks.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The last name.</param>
    public IoError ResolveParent(string path, ModelCredential who, out ulong directory, out string name)
    {
        directory = Root;
        string trimmed = path.TrimEnd('/');
        int slash = trimmed.LastIndexOf('/');
        name = trimmed[(slash + 1)..];
        IoError error = CheckPath(path);
        if (error.Failed || slash < 0)
            return error;
        int links = 0;
        error = Walk(Root, trimmed[..(slash + 1)], true, who, ref links, out directory);
        return error;
    }

    private IoError CheckPath(string path) =>
        path.Length == 0 ? IoError.NoEntry
        : Encoding.UTF8.GetByteCount(path) > _limits.PathBytesMax ? ModelErrors.NameTooLong
        : IoError.None;

    private IoError Walk(ulong start, string path, bool follows, ModelCredential who, ref int links, out ulong ino)
    {
        ino = path.StartsWith('/') ? Root : start;
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool wantsDirectory = path.EndsWith('/');
        for (int i = 0; i < names.Length; i++)
        {
            bool isLast = i == names.Length - 1;
            ulong directory = ino;
            IoError error = Lookup(directory, names[i], who, out ino);
            if (error.Failed)
                return error;
            Node node = _nodes[ino];
            if (node.Kind == NodeKind.Symlink && (!isLast || follows || wantsDirectory))
            {
                if (++links > _limits.FollowsMax)
                    return ModelErrors.Loop;
                error = Walk(directory, node.Target, true, who, ref links, out ino);
                if (error.Failed)
                    return error;
                node = _nodes[ino];
            }

            if (isLast && wantsDirectory && node.Kind != NodeKind.Directory)
                return ModelErrors.NotDirectory;
        }

        return IoError.None;
    }
}
