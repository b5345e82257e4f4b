using System.Text;
using Engine.Buffers;

namespace Engine.Simulation;

public sealed partial class NamespaceModel
{
    private const string RootOnlyPrefix = "trusted.";
    private const string UserPrefix = "user.";

    /// <summary>Changes attributes, all of them or none. EPERM for who does not own the inode, EACCES to change the size without
    /// write permission, EISDIR or EINVAL to change the size of what is no file.</summary>
    public IoError SetAttributes(ulong ino, in AttributeChange change, ModelCredential who)
    {
        IoError error = Get(ino, out Node node);
        if (error.IsNone && change.Size is { } size)
            error = CheckSize(node, size, who);
        bool isOwner = who.Uid == 0 || who.Uid == node.Uid;
        if (error.IsNone && change.Uid is { } uid && who.Uid != 0 && !(isOwner && uid == node.Uid))
            error = IoError.NotPermitted;
        if (error.IsNone && change.Gid is { } gid && who.Uid != 0 && !(isOwner && (gid == node.Gid || who.IsIn(gid))))
            error = IoError.NotPermitted;
        if (error.IsNone && !isOwner && (change.Mode is not null || change.ModifiedMicros is not null))
            error = IoError.NotPermitted;
        if (error.Failed)
            return error;
        bool isInGroup = who.Uid == 0 || who.IsIn(node.Gid);
        bool changesOwner = change.Uid is not null || change.Gid is not null;
        node.Uid = change.Uid ?? node.Uid;
        node.Gid = change.Gid ?? node.Gid;
        node.ModifiedMicros = change.ModifiedMicros ?? node.ModifiedMicros;
        if (change.Mode is { } mode)
            node.Mode = mode & ModeMask & (who.Uid != 0 && !who.IsIn(node.Gid) ? ~SetGroup : ~0u);
        else if (node.Kind == NodeKind.File && (changesOwner || (change.Size is not null && who.Uid != 0)))
            node.Mode = WithoutSetBits(node.Mode, isInGroup);
        node.Size = change.Size ?? node.Size;
        return IoError.None;
    }

    /// <summary>Sets an extended attribute. ERANGE, E2BIG, EEXIST, ENODATA by name, value and mode; EPERM or EACCES without the
    /// permission.</summary>
    public IoError SetXattr(ulong ino, string name, ReadOnlySpan<byte> value, XattrMode mode, ModelCredential who)
    {
        IoError error = Get(ino, out Node node);
        if (error.IsNone)
            error = CheckXattrName(name);
        if (error.IsNone && value.Length > _limits.XattrBytesMax)
            error = ModelErrors.ArgumentTooBig;
        if (error.IsNone)
            error = CheckXattrWrite(node, name, who);
        if (error.IsNone && mode == XattrMode.Create && node.Xattrs.ContainsKey(name))
            error = IoError.Exists;
        if (error.IsNone && mode == XattrMode.Replace && !node.Xattrs.ContainsKey(name))
            error = ModelErrors.NoData;
        if (error.IsNone)
            node.Xattrs[name] = value.ToArray();
        return error;
    }

    /// <summary>Reads an extended attribute; ENODATA when there is none of the name.</summary>
    public IoError GetXattr(ulong ino, string name, ModelCredential who, out byte[] value)
    {
        value = [];
        IoError error = Get(ino, out Node node);
        if (error.IsNone)
            error = CheckXattrName(name);
        if (error.IsNone && IsRootOnly(name) && who.Uid != 0)
            error = ModelErrors.NoData;
        if (error.IsNone && IsUser(name) && node.Kind == NodeKind.Symlink)
            error = ModelErrors.NoData;
        if (error.IsNone && IsUser(name) && !May(node, who, Read))
            error = ModelErrors.Access;
        if (error.Failed)
            return error;
        if (!node.Xattrs.TryGetValue(name, out byte[]? found))
            return ModelErrors.NoData;
        value = found;
        return IoError.None;
    }

    /// <summary>Takes an extended attribute away; ENODATA when there is none of the name.</summary>
    public IoError RemoveXattr(ulong ino, string name, ModelCredential who)
    {
        IoError error = Get(ino, out Node node);
        if (error.IsNone)
            error = CheckXattrName(name);
        if (error.IsNone)
            error = CheckXattrWrite(node, name, who);
        if (error.IsNone && !node.Xattrs.Remove(name))
            error = ModelErrors.NoData;
        return error;
    }

    /// <summary>Names of the extended attributes, in ordinal order; those for the superuser only for him.</summary>
    public IoError ListXattrs(ulong ino, ModelCredential who, out IReadOnlyList<string> names)
    {
        IoError error = Get(ino, out Node node);
        names = error.Failed ? [] : [.. node.Xattrs.Keys.Where(name => who.Uid == 0 || !IsRootOnly(name))];
        return error;
    }

    private static bool IsRootOnly(string name) => name.StartsWith(RootOnlyPrefix, StringComparison.Ordinal);

    private static bool IsUser(string name) => name.StartsWith(UserPrefix, StringComparison.Ordinal);

    private IoError CheckSize(Node node, long size, ModelCredential who)
    {
        if (size < 0)
            return IoError.Invalid;
        if (node.Kind != NodeKind.File)
            return node.Kind == NodeKind.Directory ? ModelErrors.IsDirectory : IoError.Invalid;
        if (!May(node, who, Write))
            return ModelErrors.Access;
        return size > _limits.SizeMax ? ModelErrors.FileTooBig : IoError.None;
    }

    private IoError CheckXattrName(string name)
    {
        int bytes = Encoding.UTF8.GetByteCount(name);
        return bytes == 0 || bytes > _limits.XattrNameBytesMax ? ModelErrors.Range : IoError.None;
    }

    private static IoError CheckXattrWrite(Node node, string name, ModelCredential who)
    {
        if (IsRootOnly(name))
            return who.Uid == 0 ? IoError.None : IoError.NotPermitted;
        if (!IsUser(name))
            return who.Uid == 0 || who.Uid == node.Uid ? IoError.None : IoError.NotPermitted;
        if (node.Kind == NodeKind.Symlink)
            return IoError.NotPermitted;
        if (node.Kind == NodeKind.Directory && (node.Mode & Sticky) != 0 && who.Uid != 0 && who.Uid != node.Uid)
            return IoError.NotPermitted;
        return May(node, who, Write) ? IoError.None : ModelErrors.Access;
    }

    /// <summary>A change of owner or content takes the right to act for the owner away.</summary>
    private static uint WithoutSetBits(uint mode, bool isInGroup)
    {
        mode &= ~SetUser;
        return (mode & GroupExecute) != 0 || !isInGroup ? mode & ~SetGroup : mode;
    }
}
