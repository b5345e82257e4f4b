using Engine.Metadata;

namespace Engine.Migration;

/// <summary>Checks a rank's cache against its migrations under way. Source: migrator specification, section 6 (A5, P1, X2,
/// X3).</summary>
internal sealed class MigrationAudit(
    MetadataCache cache, IReadOnlyCollection<ExportRecord> exports, IReadOnlyCollection<ImportRecord> imports,
    List<string> findings)
{
    private readonly Dictionary<(Dir Dir, PinKind Kind), int> _pins = [];
    private readonly Dictionary<NodeId, int> _inodes = [];
    private readonly HashSet<DirFrag> _between = [];
    private readonly HashSet<Dir> _exported = [];
    private readonly HashSet<Dir> _imported = [];

    /// <summary>Adds what is wrong.</summary>
    public void Run()
    {
        foreach (ExportRecord record in exports)
            Note(record);
        foreach (ImportRecord record in imports)
            Note(record);
        foreach (Dir dir in cache.Dirs)
            Check(dir);
    }

    private void Note(ExportRecord record)
    {
        _between.Add(record.Base);
        _exported.Add(record.Dir);
        foreach (Dir bound in record.Bounds)
            Count(bound, PinKind.ExportBound);
    }

    private void Note(ImportRecord record)
    {
        _between.Add(record.Base);
        if ((record.Untold & ~record.Bystanders) != 0)
            findings.Add($"X3: import {record.Id}: ranks {record.Untold:x} are to be told, of {record.Bystanders:x}");
        if (record.HasLetGo)
            return;
        if (!record.Inode.IsNone)
            _inodes[record.Inode] = _inodes.GetValueOrDefault(record.Inode) + 1;
        if (record.Dir is not { } dir)
            return;
        _imported.Add(dir);
        Count(dir, PinKind.Importing);
        foreach (Dir bound in record.Bounds)
            Count(bound, PinKind.ImportBound);
    }

    private void Count(Dir dir, PinKind kind) => _pins[(dir, kind)] = _pins.GetValueOrDefault((dir, kind)) + 1;

    private void Check(Dir dir)
    {
        bool isOwn = dir.DirAuth.First == cache.Me.Value || dir.DirAuth.Second == cache.Me.Value;
        if (dir.DirAuth.IsAmbiguous && isOwn && !_between.Contains(dir.Name))
            findings.Add($"A5: {dir}: goes between two ranks, {dir.DirAuth}, and there is no migration");
        if (dir.Has(DirState.Exporting) != _exported.Contains(dir))
            findings.Add($"X2: {dir}: is {dir.State}, and {(_exported.Contains(dir) ? "an" : "no")} export goes from it");
        if (dir.Has(DirState.Importing) != _imported.Contains(dir))
            findings.Add($"X2: {dir}: is {dir.State}, and {(_imported.Contains(dir) ? "an" : "no")} import comes to it");
        Expect(dir, PinKind.Importing);
        Expect(dir, PinKind.ImportBound);
        Expect(dir, PinKind.ExportBound);
        int pins = cache.PinsOf(dir.Inode, PinKind.Importing);
        int expected = _inodes.GetValueOrDefault(dir.Inode);
        if (pins >= 0 && pins != expected)
            findings.Add($"P1: the inode of {dir}: {pins} {PinKind.Importing} pins, {expected} by the rank's imports");
    }

    private void Expect(Dir dir, PinKind kind)
    {
        int pins = cache.PinsOf(dir, kind);
        int expected = _pins.GetValueOrDefault((dir, kind));
        if (pins >= 0 && pins != expected)
            findings.Add($"P1: {dir}: {pins} {kind} pins, {expected} by the rank's migrations");
    }
}
