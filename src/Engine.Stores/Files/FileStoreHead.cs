// The head of a file store: who it is, and which incarnation may change it.
//
// Layout, little-endian, 512 bytes:
//
//     0  8  magic "ENGINEFS"       16 16  uuid, RFC 4122 order        40 468  reserved, zero
//     8  4  format version         32  8  incarnation                508   4  CRC32C of bytes 0..507
//    12  4  record length, 512
//
// The file is written in place, one sector: old or new after a crash. Who writes it, and who changes a name in the store, holds
// its lock (flock) and looks at it first. So the lock orders every change before or after a take-over, among all processes of one
// machine; file systems that keep such locks to each machine give no fence between machines.
// Writers that share a store have a head each, DIR/writers/NAME, of the same form and with the store's uuid: a life of one ends
// its own earlier ones alone. They keep to objects of their own. The first of them raises the store's head, so that a sole writer
// from before changes nothing any more.
using System.Buffers.Binary;
using System.Globalization;
using Engine.Buffers;
using Engine.Devices;

namespace Engine.Stores;

internal sealed class FileStoreHead : IDisposable
{
    private const string HeadName = "engine-store";
    public const string ObjectsName = "objects";
    private const string AsideName = "aside";
    private const string WritersName = "writers";
    private const int RecordBytes = 512;
    private const int ChecksumAt = 508;
    private const uint CurrentVersion = 1;

    private readonly StorageFile _file;
    private readonly string _directory;

    /// <summary>Held around each use of the file's lock: that lock is the descriptor's, and does not tell this instance's threads
    /// apart.</summary>
    private readonly Lock _gate = new();

    private FileStoreHead(StorageFile file, string directory, string? writer = null)
    {
        (_file, _directory) = (file, directory);
        AsidePrefix = writer is null ? string.Empty : writer + ".";
    }

    /// <summary>How this writer's files aside begin.</summary>
    public string AsidePrefix { get; }

    public string ObjectsFolder => Path.Combine(_directory, ObjectsName);

    public string AsideFolder => Path.Combine(_directory, AsideName);

    public Guid Uuid { get; private set; }

    public ulong Incarnation { get; private set; }

    private static ReadOnlySpan<byte> Magic => "ENGINEFS"u8;

    /// <summary>Makes an empty store. Who makes the head has the directory: of several at once one does, and only that one
    /// removes what it made where it cannot end.</summary>
    public static Guid Format(string directory, Guid uuid)
    {
        MakeFolderOf(directory);
        IoError error = StorageFile.Create(Path.Combine(directory, HeadName), out StorageFile? file);
        if (error == IoError.Exists)
        {
            throw new StoreException(
                StoreProblem.Foreign, error, $"format: {directory} holds an Engine file store; name a new or empty directory");
        }

        try
        {
            if (error.IsNone)
            {
                using var head = new FileStoreHead(file!, directory);
                error = head.WriteNew(uuid);
            }

            if (error.Failed)
                throw new StoreException(StoreProblem.DeviceFailed, error, $"format: {directory} cannot be written: {error}");
            return uuid;
        }
        catch
        {
            if (file is not null)
                RemoveNew(directory);
            throw;
        }
    }

    private static void MakeFolderOf(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            if (Directory.EnumerateFileSystemEntries(directory).FirstOrDefault() is { } found)
            {
                string what = File.Exists(Path.Combine(directory, HeadName)) ? "an Engine file store" : Path.GetFileName(found);
                throw new StoreException(
                    StoreProblem.Foreign, IoError.Exists, $"format: {directory} holds {what}; name a new or empty directory");
            }
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or (IOException and not StoreException))
        {
            throw new StoreException(
                StoreProblem.DeviceFailed, FormatRefusal.ErrorOf(failure),
                $"format: {directory} cannot be made: {FormatRefusal.Why(failure)}");
        }
    }

    public static FileStoreHead Open(string directory, FileStoreOptions options)
    {
        string? writer = options.IsReadOnly ? null : options.Writer;
        string path = writer is null ? Path.Combine(directory, HeadName) : MakeWriter(directory, writer);
        IoError error = StorageFile.Open(path, write: !options.IsReadOnly, out StorageFile? file);
        if (error.Failed)
            throw Refusal(directory, error, options.IsReadOnly);
        var head = new FileStoreHead(file!, directory, writer);
        try
        {
            if (options.IsReadOnly)
                (head.Uuid, head.Incarnation) = head.ReadOrThrow();
            else
                head.TakeOver(options.Incarnation);
            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>The head of a writer, made where there is none.</summary>
    private static string MakeWriter(string directory, string writer)
    {
        Invariant.That(writer.Length > 0 && writer.All(static each => char.IsAsciiLetterOrDigit(each) || each == '-'));
        IoError error = StorageFile.Open(Path.Combine(directory, HeadName), write: true, out StorageFile? file);
        if (error.Failed)
            throw Refusal(directory, error);
        using var store = new FileStoreHead(file!, directory);
        store.Do(store._file.Lock(), "locked");
        (Guid uuid, ulong last) = store.ReadOrThrow();
        string path = Path.Combine(directory, WritersName, writer);
        if (!File.Exists(path))
        {
            store.Do(MakeFolder(Path.Combine(directory, WritersName)), "made one of several writers'");
            store.Do(store.Write(uuid, last + 1), "written");
            store.Do(WriteWhole(Path.Combine(directory, AsideName, writer), path, directory, uuid, 0), "written");
            store.Do(StorageNames.Sync(directory), "synced");
        }

        store.Do(store._file.Unlock(), "unlocked");
        return path;
    }

    private static IoError MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return IoError.None;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return FormatRefusal.ErrorOf(failure);
        }
    }

    /// <summary>A head that has its name once it is durable.</summary>
    private static IoError WriteWhole(string aside, string path, string directory, Guid uuid, ulong incarnation)
    {
        _ = StorageNames.Remove(aside);
        IoError error = StorageFile.Create(aside, out StorageFile? file);
        if (error.IsNone)
        {
            using var head = new FileStoreHead(file!, directory);
            error = head.Write(uuid, incarnation);
        }

        if (error.IsNone)
            error = StorageNames.Rename(aside, path);
        return error.IsNone ? StorageNames.Sync(Path.GetDirectoryName(path)!) : error;
    }

    /// <summary>Are there objects without a head that tells whose they are? One that cannot be read just then may tell.</summary>
    public static bool IsLost(string directory)
    {
        if (!Directory.Exists(Path.Combine(directory, ObjectsName)))
            return false;
        IoError error = StorageFile.Open(Path.Combine(directory, HeadName), write: false, out StorageFile? file);
        if (error.Failed)
            return error == IoError.NoEntry;
        using var head = new FileStoreHead(file!, directory);
        _ = head.Read(out _, out _, out StoreProblem problem);
        return problem is StoreProblem.Foreign or StoreProblem.Damaged;
    }

    /// <summary>Gives objects a head again, in the place of one that tells nothing.</summary>
    public static void Replace(string directory, Guid uuid, ulong incarnation)
    {
        string aside = Path.Combine(directory, AsideName, HeadName);
        IoError error = MakeFolder(Path.Combine(directory, AsideName));
        if (error.IsNone)
            error = WriteWhole(aside, Path.Combine(directory, HeadName), directory, uuid, incarnation);
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"{directory} cannot be written: {error}");
    }

    /// <summary>Gives an object its new content, a file made aside, or removes it (null), while this incarnation may. Not yet
    /// durable.</summary>
    public IoError Change(FileCalls calls, string? aside, string target)
    {
        lock (_gate)
        {
            IoError error = _file.Lock();
            if (error.Failed)
                return error;
            error = Read(out Guid uuid, out ulong incarnation, out _);
            if (error.IsNone && (uuid != Uuid || incarnation != Incarnation))
                error = IoError.Stale;
            if (error.IsNone)
                error = aside is null ? calls.Remove(target) : calls.Rename(aside, target);
            IoError unlocked = _file.Unlock();
            return error.Failed ? error : unlocked;
        }
    }

    public void Dispose() => _file.Dispose();

    private IoError WriteNew(Guid uuid)
    {
        IoError error = MakeFolder(ObjectsFolder);
        if (error.IsNone)
            error = MakeFolder(AsideFolder);
        if (error.IsNone)
            error = Write(uuid, 0);
        if (error.IsNone)
            error = StorageNames.Sync(_directory);
        return error.IsNone ? StorageNames.Sync(Path.GetDirectoryName(Path.GetFullPath(_directory)) ?? "/") : error;
    }

    /// <summary>Removes what a format that failed has made, the head last: it keeps others away.</summary>
    private static void RemoveNew(string directory)
    {
        foreach (string name in (string[])[ObjectsName, AsideName])
        {
            if (Directory.Exists(Path.Combine(directory, name)))
                Directory.Delete(Path.Combine(directory, name));
        }

        _ = StorageNames.Remove(Path.Combine(directory, HeadName));
    }

    private void TakeOver(ulong? wanted)
    {
        Do(_file.Lock(), "locked");
        (Guid uuid, ulong last) = ReadOrThrow();
        if (AsidePrefix.Length == 0 && Directory.Exists(Path.Combine(_directory, WritersName)))
        {
            throw new StoreException(
                StoreProblem.Busy, IoError.Busy, $"open: {_directory} is shared by the ranks of a cluster; ask these");
        }

        if (wanted <= last)
        {
            throw new StoreException(
                StoreProblem.Stale,
                IoError.Stale,
                Text($"open: {_directory} was taken over by incarnation {last}; incarnation {wanted} is not newer"));
        }

        Do(Write(uuid, wanted ?? last + 1), "written");
        Do(_file.Unlock(), "unlocked");
        (Uuid, Incarnation) = (uuid, wanted ?? last + 1);
        foreach (string left in Left())
            Do(StorageNames.Remove(left) is { Errno: not 2 } error ? error : IoError.None, "cleaned");
        // What an older incarnation had renamed may not be durable yet; from now on it is somebody's past.
        Do(StorageNames.Sync(ObjectsFolder), "synced");
    }

    /// <summary>What writes that did not end left aside; those of an older instance that still runs fail without it.</summary>
    private string[] Left()
    {
        try
        {
            return Directory.GetFiles(AsideFolder, AsidePrefix + "*");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                StoreProblem.Damaged, IoError.Damaged, $"open: {_directory} has no usable folder {AsideName}: {failure.Message}");
        }
    }

    private (Guid Uuid, ulong Incarnation) ReadOrThrow()
    {
        IoError error = Read(out Guid uuid, out ulong incarnation, out StoreProblem problem);
        if (error.IsNone)
            return (uuid, incarnation);
        string why = problem switch
        {
            StoreProblem.Foreign => $"has a file {HeadName} that is not Engine's; name another directory",
            StoreProblem.Newer => "was written by a newer Engine; use that version",
            StoreProblem.Damaged => $"has a damaged head {HeadName}; restore it",
            _ => $"cannot be read: {error}",
        };
        throw new StoreException(problem, error, $"open: {_directory} {why}");
    }

    private unsafe IoError Read(out Guid uuid, out ulong incarnation, out StoreProblem problem)
    {
        byte* bytes = stackalloc byte[RecordBytes];
        var record = new Span<byte>(bytes, RecordBytes);
        (uuid, incarnation, problem) = (default, 0, StoreProblem.DeviceFailed);
        IoResult result = _file.Read(0, [new IoVector((nint)bytes, RecordBytes)]);
        if (result.Failed)
            return result.Error;
        bool isOurs = record.StartsWith(Magic);
        bool isWhole = result.Bytes == RecordBytes && isOurs
            && BinaryPrimitives.ReadUInt32LittleEndian(record[ChecksumAt..]) == Crc32C.Append(0, record[..ChecksumAt]);
        problem = !isOurs ? StoreProblem.Foreign
            : !isWhole ? StoreProblem.Damaged
            : BinaryPrimitives.ReadUInt32LittleEndian(record[8..]) > CurrentVersion ? StoreProblem.Newer
            : StoreProblem.None;
        if (problem == StoreProblem.None)
        {
            uuid = new Guid(record.Slice(16, 16), bigEndian: true);
            incarnation = BinaryPrimitives.ReadUInt64LittleEndian(record[32..]);
        }

        return SuperblockPair.ErrorOf(problem);
    }

    private unsafe IoError Write(Guid uuid, ulong incarnation)
    {
        byte* bytes = stackalloc byte[RecordBytes];
        var record = new Span<byte>(bytes, RecordBytes);
        record.Clear();
        Magic.CopyTo(record);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], CurrentVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], RecordBytes);
        uuid.TryWriteBytes(record[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(record[32..], incarnation);
        BinaryPrimitives.WriteUInt32LittleEndian(record[ChecksumAt..], Crc32C.Append(0, record[..ChecksumAt]));
        IoResult result = _file.Write(0, [new IoVector((nint)bytes, RecordBytes)]);
        return result.Failed ? result.Error : _file.Sync();
    }

    private void Do(IoError error, string what)
    {
        if (error.Failed)
            throw new StoreException(StoreProblem.DeviceFailed, error, $"open: {_directory} cannot be {what}: {error}");
    }

    private static StoreException Refusal(string directory, IoError error, bool isReader = false)
    {
        (StoreProblem problem, string why) = error.Name switch
        {
            "ENOENT" when Directory.Exists(directory) => (
                StoreProblem.Foreign,
                $"is not an Engine file store, or has lost its file {HeadName}; name another, or restore it"),
            "ENOENT" or "ENOTDIR" => (StoreProblem.Missing, "does not exist; check the path, or format it first"),
            "EACCES" or "EPERM" when isReader => (StoreProblem.DeviceFailed, "may not be read; run as a user who may"),
            "EACCES" or "EPERM" => (StoreProblem.ReadOnly, "may not be written; run as a user who may"),
            "EROFS" => (StoreProblem.ReadOnly, "lies on a read-only file system; make that writable"),
            _ => (StoreProblem.DeviceFailed, $"cannot be opened: {error}"),
        };
        return new StoreException(problem, error, $"open: {directory} {why}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
