// Operations that change names. Each checks everything before it changes anything, in the order of Linux: search permission of
// the directories, existence, write permission, kinds, limits.
using System.Text;
using Engine.Buffers;

namespace Engine.Simulation;

public sealed partial class NamespaceModel
{
    /// <summary>Makes a directory.</summary>
    public IoError Mkdir(ulong directory, string name, uint mode, ModelCredential who, out ulong ino, ulong given = 0)
    {
        ino = 0;
        IoError error = CheckNew(directory, name, who, out Node dir);
        if (error.Failed)
            return error;
        Node node = Add(dir, name, NodeKind.Directory, mode | (dir.Mode & SetGroup), who, "", given);
        node.Nlink = 2;
        node.Parent = directory;
        dir.Nlink++;
        ino = node.Ino;
        return IoError.None;
    }

    /// <summary>Makes a file; where the name exists, EEXIST if <paramref name="isExclusive"/>, else that file, EISDIR for a
    /// directory. Links are not followed.</summary>
    public IoError Create(
        ulong directory, string name, uint mode, ModelCredential who, out ulong ino, bool isExclusive = true, ulong given = 0)
    {
        IoError error = Lookup(directory, name, who, out ino);
        if (error.IsNone && !isExclusive)
            return _nodes[ino].Kind == NodeKind.Directory ? ModelErrors.IsDirectory : IoError.None;
        ino = 0;
        error = CheckNew(directory, name, who, out Node dir);
        if (error.Failed)
            return error;
        Node node = Add(dir, name, NodeKind.File, mode, who, "", given);
        node.Nlink = 1;
        ino = node.Ino;
        return IoError.None;
    }

    /// <summary>Makes a symbolic link. ENOENT for an empty target.</summary>
    public IoError Symlink(
        ulong directory, string name, string target, ModelCredential who, out ulong ino, ulong given = 0)
    {
        ino = 0;
        int bytes = Encoding.UTF8.GetByteCount(target);
        if (bytes == 0)
            return IoError.NoEntry;
        if (bytes > _limits.TargetBytesMax)
            return ModelErrors.NameTooLong;
        IoError error = CheckNew(directory, name, who, out Node dir);
        if (error.Failed)
            return error;
        Node node = Add(dir, name, NodeKind.Symlink, 0x1FF, who, target, given);
        node.Nlink = 1;
        node.Size = bytes;
        ino = node.Ino;
        return IoError.None;
    }

    /// <summary>Gives an inode another name. EPERM for a directory, EMLINK at the limit.</summary>
    public IoError Link(ulong ino, ulong directory, string name, ModelCredential who)
    {
        IoError error = Get(ino, out Node node);
        if (error.IsNone)
            error = CheckNew(directory, name, who, out _, needsWrite: false);
        if (error.IsNone && _limits.ProtectsLinks && !IsSafeToLink(node, who))
            error = IoError.NotPermitted;
        if (error.IsNone)
            error = CheckNew(directory, name, who, out _);
        if (error.Failed)
            return error;
        if (node.Kind == NodeKind.Directory)
            return IoError.NotPermitted;
        if (node.Nlink == 0)
            return IoError.NoEntry;
        if (node.Nlink >= _limits.LinksMax)
            return ModelErrors.TooManyLinks;
        _nodes[directory].Entries.Add(name, ino);
        node.Nlink++;
        return IoError.None;
    }

    /// <summary>Takes a name of a file or link away. EISDIR for a directory.</summary>
    public IoError Unlink(ulong directory, string name, ModelCredential who)
    {
        IoError error = Enter(directory, who, out Node dir);
        if (error.Failed)
            return error;
        if (name is "." or "..")
            return ModelErrors.IsDirectory;
        error = Find(dir, name, out ulong ino);
        if (error.IsNone)
            error = CheckRemoval(dir, _nodes[ino], who, isDirectory: false);
        if (error.IsNone)
            Detach(dir, name, _nodes[ino]);
        return error;
    }

    /// <summary>Takes an empty directory away. ENOTDIR, ENOTEMPTY.</summary>
    public IoError Rmdir(ulong directory, string name, ModelCredential who)
    {
        IoError error = Enter(directory, who, out Node dir);
        if (error.Failed)
            return error;
        if (name is "." or "..")
            return name == "." ? IoError.Invalid : ModelErrors.NotEmpty;
        error = Find(dir, name, out ulong ino);
        if (error.IsNone)
            error = CheckRemoval(dir, _nodes[ino], who, isDirectory: true);
        if (error.IsNone && _nodes[ino].Entries.Count > 0)
            error = ModelErrors.NotEmpty;
        if (error.IsNone)
            Detach(dir, name, _nodes[ino]);
        return error;
    }

    /// <summary>Renames, over what is there where the kinds allow it. EINVAL into itself, ENOTEMPTY over an ancestor or a
    /// directory that is not empty; nothing happens where both names are of the same inode. An exchange gives each name what the
    /// other has.</summary>
    /// <param name="fromDirectory">Where the name is.</param>
    /// <param name="fromName">The name.</param>
    /// <param name="toDirectory">Where it goes.</param>
    /// <param name="toName">Its new name.</param>
    /// <param name="who">Who asks.</param>
    /// <param name="how">EEXIST where the new name exists and may not be replaced, ENOENT where there is nothing to exchange
    /// with.</param>
    public IoError Rename(
        ulong fromDirectory, string fromName, ulong toDirectory, string toName, ModelCredential who,
        RenameKind how = RenameKind.Replace)
    {
        bool mayReplace = how != RenameKind.NoReplace;
        IoError error = Enter(fromDirectory, who, out Node from);
        if (error.Failed)
            return error;
        error = Enter(toDirectory, who, out Node to);
        if (error.Failed)
            return error;
        if (fromName is "." or ".." || toName is "." or "..")
            return !mayReplace && toName is "." or ".." ? IoError.Exists : IoError.Busy;
        error = Find(from, fromName, out ulong ino);
        if (error.Failed)
            return error;
        error = Find(to, toName, out ulong targetIno);
        if (error.Failed && error != IoError.NoEntry || toName.Length == 0)
            return error;
        Node node = _nodes[ino];
        Node? target = error.IsNone ? _nodes[targetIno] : null;
        if (target is not null && !mayReplace)
            return IoError.Exists;
        if (how == RenameKind.Exchange && target is null)
            return IoError.NoEntry;
        if (node.Kind == NodeKind.Directory && IsWithin(to, node))
            return IoError.Invalid;
        if (how == RenameKind.Exchange)
            return Exchange(from, fromName, node, to, toName, target!, who);
        if (target is { Kind: NodeKind.Directory } && target != from && IsWithin(from, target))
            return ModelErrors.NotEmpty;
        if (target == from && from != to)
            return ModelErrors.NotEmpty;
        if (target == node)
            return IoError.None;
        error = CheckRename(from, node, to, target, who);
        if (error.Failed)
            return error;
        if (target is not null)
            Detach(to, toName, target);
        Move(from, fromName, node, to, toName);
        return IoError.None;
    }

    private IoError Exchange(Node from, string fromName, Node node, Node to, string toName, Node target, ModelCredential who)
    {
        if (target == node)
            return IoError.None;
        bool isDirectory = node.Kind == NodeKind.Directory;
        bool isTargetDirectory = target.Kind == NodeKind.Directory;
        if (isTargetDirectory && IsWithin(from, target))
            return IoError.Invalid;
        IoError error = CheckRemoval(from, node, who, isDirectory);
        if (error.IsNone)
            error = CheckRemoval(to, target, who, isTargetDirectory);
        if (error.Failed)
            return error;
        bool mayLeave = (!isDirectory || May(node, who, Write)) && (!isTargetDirectory || May(target, who, Write));
        if (from != to && !mayLeave)
            return ModelErrors.Access;
        to.Entries.Remove(toName);
        Move(from, fromName, node, to, toName);
        from.Entries.Add(fromName, target.Ino);
        if (!isTargetDirectory)
            return IoError.None;
        target.Parent = from.Ino;
        to.Nlink--;
        from.Nlink++;
        return IoError.None;
    }

    private static IoError CheckRename(Node from, Node node, Node to, Node? target, ModelCredential who)
    {
        bool isDirectory = node.Kind == NodeKind.Directory;
        IoError error = CheckRemoval(from, node, who, isDirectory);
        if (error.Failed)
            return error;
        error = target is not null ? CheckRemoval(to, target, who, isDirectory)
            : May(to, who, Write | Execute) ? IoError.None
            : ModelErrors.Access;
        if (error.Failed)
            return error;
        // A directory that moves elsewhere has its ".." written.
        if (isDirectory && from != to && !May(node, who, Write))
            return ModelErrors.Access;
        return target is { Entries.Count: > 0 } ? ModelErrors.NotEmpty : IoError.None;
    }

    private static void Move(Node from, string fromName, Node node, Node to, string toName)
    {
        from.Entries.Remove(fromName);
        to.Entries.Add(toName, node.Ino);
        if (node.Kind != NodeKind.Directory)
            return;
        node.Parent = to.Ino;
        from.Nlink--;
        to.Nlink++;
    }

    private bool IsWithin(Node dir, Node ancestor)
    {
        while (dir != ancestor)
        {
            if (dir.Ino == Root)
                return false;
            dir = _nodes[dir.Parent];
        }

        return true;
    }

    private static bool IsSafeToLink(Node node, ModelCredential who) =>
        who.Uid == 0 || who.Uid == node.Uid
        || (node.Kind == NodeKind.File && (node.Mode & SetUser) == 0
            && (node.Mode & (SetGroup | GroupExecute)) != (SetGroup | GroupExecute) && May(node, who, Read | Write));

    private IoError CheckNew(
        ulong directory, string name, ModelCredential who, out Node dir, bool needsWrite = true)
    {
        IoError error = Enter(directory, who, out dir);
        if (error.Failed)
            return error;
        if (name is "." or "..")
            return IoError.Exists;
        error = Find(dir, name, out _);
        if (error.IsNone)
            return IoError.Exists;
        if (error != IoError.NoEntry || name.Length == 0)
            return error;
        if (dir.Nlink == 0)
            return IoError.NoEntry;
        return !needsWrite || May(dir, who, Write | Execute) ? IoError.None : ModelErrors.Access;
    }

    private static IoError CheckRemoval(Node dir, Node node, ModelCredential who, bool isDirectory)
    {
        if (!May(dir, who, Write | Execute))
            return ModelErrors.Access;
        if (IsKept(dir, node, who))
            return IoError.NotPermitted;
        if (isDirectory && node.Kind != NodeKind.Directory)
            return ModelErrors.NotDirectory;
        return !isDirectory && node.Kind == NodeKind.Directory ? ModelErrors.IsDirectory : IoError.None;
    }

    private Node Add(Node dir, string name, NodeKind kind, uint mode, ModelCredential who, string target, ulong given)
    {
        ulong ino = given != 0 ? given : _nextIno;
        _nextIno = Math.Max(_nextIno, ino + 1);
        uint gid = (dir.Mode & SetGroup) != 0 ? dir.Gid : who.Gid;
        // Who is not in the directory's group may not make a program that acts for it.
        bool losesGroup = kind == NodeKind.File && (mode & (SetGroup | GroupExecute)) == (SetGroup | GroupExecute)
            && (dir.Mode & SetGroup) != 0 && who.Uid != 0 && !who.IsIn(gid);
        var node = new Node(ino, kind, mode & ModeMask & (losesGroup ? ~SetGroup : ~0u), who.Uid, gid) { Target = target };
        _nodes.Add(ino, node);
        dir.Entries.Add(name, ino);
        return node;
    }

    private void Detach(Node dir, string name, Node node)
    {
        dir.Entries.Remove(name);
        if (node.Kind == NodeKind.Directory)
        {
            node.Nlink = 0;
            dir.Nlink--;
        }
        else
        {
            node.Nlink--;
        }

        Forget(node);
    }
}
