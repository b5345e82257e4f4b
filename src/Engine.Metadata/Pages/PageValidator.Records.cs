namespace Engine.Metadata;

/// <content>What the records say. All lengths have been checked.</content>
public sealed unsafe partial class PageValidator
{
    private const DirWireState DirStates =
        DirWireState.Complete | DirWireState.Dirty | DirWireState.DirtyDft | DirWireState.Bad;

    private const InodeWireState InodeStates =
        InodeWireState.Dirty | InodeWireState.NeedsRecover | InodeWireState.DirtyParent | InodeWireState.DirtyPool;

    private const byte LockStateMax = (byte)LockState.PreXlock;
    private const uint ModeTypeMask = 0xF000;
    private const int DirentTypeMax = 15;

    /// <summary>The directory record: slot 0 of the first page.</summary>
    private PageProblem CheckDir(byte* page)
    {
        var view = new MetadataPage(page);
        if (view.KindOf(0) != RecordKind.Dir)
            return Fail(PageProblemKind.Record, 28);
        var dir = (DirRecord*)view.Record(0);
        _version = dir->Version;
        return IsGood(*dir) ? default : Fail(PageProblemKind.Value, (byte*)dir - page);
    }

    /// <summary>Are a dirfrag's values such as may be, wherever they come from?</summary>
    internal static bool IsGood(in DirRecord dir) =>
        dir.CommittedVersion <= dir.Version && (dir.State & ~DirStates) == 0
        && IsLoadGood(dir.Load) && IsLoadGood(dir.SubtreeLoad);

    /// <summary>Are an entry's?</summary>
    internal static bool IsGood(in DentryFields dentry) =>
        dentry.First <= dentry.Last && (dentry.State & ~DentryWireState.Dirty) == 0 && dentry.LockState <= LockStateMax;

    /// <summary>Are an inode's, in an entry up to that snapshot?</summary>
    internal static bool IsGood(in InodeFields inode, ulong last) =>
        !inode.Ino.IsNone
        && (inode.Mode & ModeTypeMask) is 0x1000 or 0x2000 or 0x4000 or 0x6000 or 0x8000 or 0xA000 or 0xC000
        && inode.First <= last
        && inode.ExportPin is >= -1 and < RankId.CountMax
        && inode.HashKind == NameHashKind.XxHash32
        && inode.Loner >= -1
        && (inode.State & ~InodeStates) == 0
        && IsLoadGood(inode.Load)
        && !((ReadOnlySpan<byte>)inode.Locks).ContainsAnyExceptInRange((byte)0, LockStateMax);

    /// <summary>Is what a name without an inode of its own leads to?</summary>
    internal static bool IsGood(in LinkRecord link) => link.Linkage switch
    {
        DentryLinkage.Null => link.RemoteIno.IsNone && link.RemoteType == 0,
        DentryLinkage.Remote => !link.RemoteIno.IsNone && link.RemoteType <= DirentTypeMax,
        _ => false,
    };

    private PageProblem CheckRecords(ReadOnlySpan<nint> pages, int dataPages)
    {
        byte* page = (byte*)pages[_page];
        var view = new MetadataPage(page);
        int items = 0;
        int itemsReferred = 0;
        foreach (int slot in view.Slots)
        {
            RecordHeader* record = view.Record(slot);
            long offset = (byte*)record - page;
            PageProblem problem = default;
            switch (record->Kind)
            {
                case RecordKind.Ext:
                    items++;
                    continue;
                case RecordKind.Dir:
                    if (_page != 0 || slot != 0)
                        return Fail(PageProblemKind.Record, offset);
                    break;
                default:
                    problem = CheckDentry((DentryFields*)record, offset);
                    break;
            }

            if (problem.IsNone)
                problem = CheckItems(pages, dataPages, view, slot, ref itemsReferred);
            if (!problem.IsNone)
                return problem;
        }

        // An item names its owner, so it is on one list only; what is on no list is a leftover.
        return items == itemsReferred ? default : Fail(PageProblemKind.Ext, 28);
    }

    private PageProblem CheckDentry(DentryFields* dentry, long offset)
    {
        var name = new ReadOnlySpan<byte>((byte*)dentry + dentry->Header.FixedBytes, dentry->Header.NameBytes);
        bool isBase = _kind == PageKind.Base;
        if (isBase ? !name.IsEmpty : MetadataName.Check(name).Failed)
            return Fail(PageProblemKind.Name, offset);
        if (!isBase && (dentry->Hash != NameHash.Of(name) || !_of.Frag.Contains(dentry->Hash)))
            return Fail(PageProblemKind.Name, offset + RecordHeader.Unit);
        if (!IsGood(*dentry))
            return Fail(PageProblemKind.Value, offset);
        if (!isBase && dentry->Version > _version)
            return Fail(PageProblemKind.Newer, offset);
        if (!isBase && !_names.TryAddName(dentry))
            return Fail(PageProblemKind.DuplicateName, offset);
        return dentry->Header.Kind == RecordKind.Entry
            ? CheckInode((EntryRecord*)dentry, offset)
            : CheckLink((LinkRecord*)dentry, offset);
    }

    private PageProblem CheckInode(EntryRecord* entry, long offset)
    {
        InodeFields* inode = &entry->Inode;
        bool isGood = IsGood(*inode, entry->Dentry.Last);
        if (!isGood)
            return Fail(PageProblemKind.Value, offset + DentryFields.Bytes);
        if (_kind != PageKind.Base && inode->Version > _version)
            return Fail(PageProblemKind.Newer, offset + DentryFields.Bytes);
        return _inos.TryAddIno(entry) ? default : Fail(PageProblemKind.DuplicateIno, offset + DentryFields.Bytes);
    }

    private PageProblem CheckLink(LinkRecord* link, long offset) =>
        IsGood(*link) ? default : Fail(PageProblemKind.Value, offset + DentryFields.Bytes);

    private static bool IsLoadGood(in Popularity load)
    {
        foreach (float value in load)
        {
            if (!float.IsFinite(value) || value < 0)
                return false;
        }

        return true;
    }
}
