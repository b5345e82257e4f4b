// Which directories are to be: what can be reached from the base inodes, and what an object of the store holds and nothing leads
// to, which is given a name in lost+found; so is a file that had several names and lost them all.
//
// Ownership: works on the salvage alone, before anything is built. Invariant: what the journal alone says and nothing leads to is
// told and goes.
using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Metadata;

/// <content>Which directories are to be.</content>
public sealed unsafe partial class NamespaceRepair
{
    private const int ModeTypeShift = 12;
    private const uint PrivateMode = FileMode.Directory | 0x1C0;

    /// <summary>Directories that can be reached, each behind the one in which it lies.</summary>
    private readonly List<SalvagedDir> _order = [];
    private readonly HashSet<Ino> _reached = [];

    private void Connect()
    {
        CompleteBases();
        foreach (SalvagedEntry entry in _bases)
            Reach(entry.Ino);
        // Those first that lie in no other one; then what leads round in a circle.
        foreach (bool isTop in (bool[])[true, false])
        {
            foreach (SalvagedDir dir in _salvage.Dirs.ToList())
            {
                bool isNeeded = !_reached.Contains(dir.Ino) && dir.IsStored && dir.Names.Count > 0 && !dir.Ino.IsBase;
                if (isNeeded && (!isTop || !LiesInAnOrphan(dir)))
                    Find(dir);
            }
        }

        KeepNameless();
        foreach (SalvagedDir dir in _salvage.Dirs)
        {
            Later(new Ino(dir.Ino.Value + 1));
            foreach (SalvagedEntry entry in dir.Names.Values)
                Later(new Ino(entry.Ino.Value + 1));
            if (!_reached.Contains(dir.Ino) && dir.Names.Count > 0)
                Tell(Text($"directory {dir.Ino}: nothing leads to it; gone, removed or lost: {Some(dir)}"));
        }

        _nextIno = new Ino(_nextIno.Value + InosSkipped);
    }

    /// <summary>What exists without an operation that made it.</summary>
    private void CompleteBases()
    {
        foreach (Ino ino in (Ino[])[Ino.Root, Ino.PrivateOf(s_me)])
        {
            if (_bases.Exists(entry => entry.Ino == ino))
                continue;
            _bases.Add(NewDirectory([], ino, ino == Ino.Root ? FileMode.Directory | 0x1EDu : PrivateMode));
            if (ino == Ino.Root)
                Tell("/: its own owner, mode, times and user attributes were in the journal alone and are lost; it belongs to "
                    + "0:0 with mode 755");
        }

        SalvagedDir home = _salvage.DirOf(Ino.PrivateOf(s_me));
        for (int index = 0; index < Ino.StrayCount; index++)
        {
            Ino ino = Ino.StrayOf(s_me, index);
            if (!_salvage.TryFind(ino, out _))
                _salvage.Place(home, NewDirectory(Encoding.ASCII.GetBytes(Text($"stray{index}")), ino, PrivateMode));
            _ = _salvage.DirOf(ino);
        }
    }

    private bool LiesInAnOrphan(SalvagedDir dir) =>
        _salvage.TryFind(dir.Ino, out (SalvagedDir Dir, SalvagedEntry Entry) place) && place.Dir.IsStored;

    private void Reach(Ino from)
    {
        Queue<Ino> next = new([from]);
        while (next.TryDequeue(out Ino ino))
        {
            if (!_reached.Add(ino))
                continue;
            SalvagedDir dir = _salvage.DirOf(ino);
            _order.Add(dir);
            foreach (SalvagedEntry entry in dir.Names.Values)
            {
                if (entry.IsDirectory)
                    next.Enqueue(entry.Ino);
            }
        }
    }

    /// <summary>Gives a directory that nothing leads to a name.</summary>
    private void Find(SalvagedDir dir)
    {
        SalvagedDir found = FoundDirectory();
        byte[] name = Encoding.ASCII.GetBytes(Text($"{dir.Ino}"));
        if (found.Names.ContainsKey(SalvagedDir.KeyOf(name)))
            return;
        SalvagedEntry entry = NewDirectory(name, dir.Ino, PrivateMode);
        if (_salvage.TryFind(dir.Ino, out (SalvagedDir Dir, SalvagedEntry Entry) place))
        {
            entry = new SalvagedEntry { Name = name, Ino = dir.Ino, Image = place.Entry.Image, Exts = place.Entry.Exts };
            _salvage.Unplace(dir.Ino);
        }

        _salvage.Place(found, entry);
        bool isKnown = _lostPlaces.TryGetValue(dir.Ino, out (Ino Dir, string Name) lost);
        string was = isKnown ? $" {PathOf(lost.Dir, lost.Name)}" : string.Empty;
        Tell($"directory {dir.Ino}: its name{was} is lost; what is in it is kept: /{_foundName}/{dir.Ino}");
        Reach(dir.Ino);
    }

    /// <summary>Gives a file of several names, all of which are lost, one name. What had none before was removed while it was
    /// open, and goes.</summary>
    private void KeepNameless()
    {
        IEnumerable<SalvagedEntry> names = _order.SelectMany(dir => dir.Names.Values);
        HashSet<Ino> named = [.. names.Where(entry => !entry.IsPrimary).Select(entry => entry.Ino)];
        for (int index = 0; index < Ino.StrayCount; index++)
        {
            foreach (SalvagedEntry entry in _salvage.DirOf(Ino.StrayOf(s_me, index)).Names.Values)
            {
                if (!entry.IsPrimary || entry.IsDirectory || entry.Inode.LinkCount == 0 || named.Contains(entry.Ino))
                    continue;
                SalvagedDir found = FoundDirectory();
                byte[] name = Encoding.ASCII.GetBytes(Text($"{entry.Ino}"));
                byte type = (byte)((entry.Inode.Mode & FileMode.TypeMask) >> ModeTypeShift);
                var further = new SalvagedEntry { Name = name, Ino = entry.Ino, RemoteType = type };
                if (found.Names.TryAdd(SalvagedDir.KeyOf(name), further))
                    Tell($"file {entry.Ino}: all of its names are lost; it is kept: /{_foundName}/{entry.Ino}");
            }
        }
    }

    private SalvagedDir FoundDirectory()
    {
        SalvagedDir root = _salvage.DirOf(Ino.Root);
        for (_foundName = FoundName; root.Names.TryGetValue(_foundName, out SalvagedEntry? known); _foundName += "_")
        {
            if (known.IsDirectory)
                return _salvage.DirOf(known.Ino);
        }

        foreach (SalvagedDir dir in _salvage.Dirs)
            Later(new Ino(dir.Ino.Value + 1));
        foreach (SalvagedEntry entry in _salvage.Dirs.SelectMany(dir => dir.Names.Values))
            Later(new Ino(entry.Ino.Value + 1));
        _salvage.Place(root, NewDirectory(Encoding.ASCII.GetBytes(_foundName), _nextIno, PrivateMode));
        SalvagedDir made = _salvage.DirOf(_nextIno);
        Reach(made.Ino);
        return made;
    }

    private static SalvagedEntry NewDirectory(byte[] name, Ino ino, uint mode)
    {
        EntryRecord record = default;
        record.Inode.Ino = ino;
        record.Inode.Mode = mode;
        record.Inode.LinkCount = 1;
        record.Inode.ChangeAttr = 1;
        record.Inode.ExportPin = -1;
        record.Inode.Loner = -1;
        record.Inode.HashKind = NameHashKind.XxHash32;
        return new SalvagedEntry
        {
            Name = name, Ino = ino, Image = MemoryMarshal.AsBytes(new Span<EntryRecord>(ref record)).ToArray(),
        };
    }

    private static string Some(SalvagedDir dir)
    {
        const int Shown = 20;
        string names = string.Join(", ", dir.Names.Values.Take(Shown).Select(entry => NameText.Show(entry.Name)));
        return dir.Names.Count > Shown ? names + Text($" and {dir.Names.Count - Shown} more") : names;
    }
}
