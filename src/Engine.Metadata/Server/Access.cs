using Engine.Buffers;

namespace Engine.Metadata;

/// <summary>Who may do what to an inode. Source: path_resolution(7), chmod(2), chown(2), unlink(2), inode(7).</summary>
internal static class Access
{
    public const uint Read = 4;
    public const uint Write = 2;
    public const uint Execute = 1;

    public const uint TypeMask = 0xF000;
    public const uint FileType = 0x8000;
    public const uint DirectoryType = 0x4000;
    public const uint LinkType = 0xA000;
    public const uint PermissionMask = 0xFFF;
    public const uint SetUid = 0x800;
    public const uint SetGid = 0x400;
    public const uint Sticky = 0x200;
    public const uint GroupExecute = 8;

    /// <summary>EACCES unless the caller has all of the wanted bits.</summary>
    public static IoError Check(in InodeFields inode, Credential caller, uint wanted)
    {
        if (caller.IsRoot)
        {
            // Only what nobody can execute is not executed by the superuser either.
            bool refused = (wanted & Execute) != 0 && (inode.Mode & 0x49) == 0 && (inode.Mode & TypeMask) != DirectoryType;
            return refused ? IoError.Access : IoError.None;
        }

        int shift = caller.Uid == inode.Uid ? 6 : caller.IsIn(inode.Gid) ? 3 : 0;
        return ((inode.Mode >> shift) & wanted) == wanted ? IoError.None : IoError.Access;
    }

    /// <summary>May the caller remove this entry of a directory in which it may write? EPERM in a sticky one, unless either is
    /// its own.</summary>
    public static IoError CheckSticky(in InodeFields directory, in InodeFields entry, Credential caller) =>
        (directory.Mode & Sticky) == 0 || caller.IsRoot || caller.Uid == entry.Uid || caller.Uid == directory.Uid
            ? IoError.None
            : IoError.NotPermitted;

    /// <summary>Owner only.</summary>
    public static IoError CheckOwner(in InodeFields inode, Credential caller) =>
        caller.IsRoot || caller.Uid == inode.Uid ? IoError.None : IoError.NotPermitted;

    /// <summary>May the caller give the file another name? EPERM, as Linux has it by default (proc_sys_fs(5),
    /// protected_hardlinks), for another's file that is special, set-id, or not the caller's to read and write.</summary>
    public static IoError CheckLinkable(in InodeFields inode, Credential caller)
    {
        if (CheckOwner(inode, caller).IsNone)
            return IoError.None;
        bool isSafe = (inode.Mode & TypeMask) == FileType
            && (inode.Mode & SetUid) == 0
            && (inode.Mode & (SetGid | GroupExecute)) != (SetGid | GroupExecute)
            && Check(inode, caller, Read | Write).IsNone;
        return isSafe ? IoError.None : IoError.NotPermitted;
    }

    public static InodeType TypeOf(uint mode) => (mode & TypeMask) switch
    {
        FileType => InodeType.File,
        DirectoryType => InodeType.Directory,
        LinkType => InodeType.SymbolicLink,
        _ => InodeType.Special,
    };

    /// <summary>Mode bits of something new in a directory: the group's bit is dropped where the caller is not in the
    /// group.</summary>
    public static uint NewMode(uint permissions, uint type, in InodeFields parent, out bool inheritsGroup)
    {
        inheritsGroup = (parent.Mode & SetGid) != 0;
        uint mode = permissions & PermissionMask;
        if (inheritsGroup && type == DirectoryType)
            mode |= SetGid;
        return mode | type;
    }
}
